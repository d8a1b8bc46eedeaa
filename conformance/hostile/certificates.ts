// Certificates of hostile servers: the right one, and those that a client must turn down.
// Spec: transport.md.

import {
  type CertificateAlgorithm,
  type CertifiedKey,
  createAuthority,
  createSelfSigned,
  issue,
} from "../../src/crypto/certificates.ts";

/** Certificate is what a server shows, and what clients are told to trust. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** PEM for clients; not of this certificate where they must refuse it. */
  readonly caPem: string;
  readonly serverName: string;
}

const NAME = "localhost";

let usual: Promise<Certificate> | undefined;

/** usualCertificate is P-256, self-signed for localhost, its own trust anchor; one for the process. */
export function usualCertificate(): Promise<Certificate> {
  usual ??= selfSigned();
  return usual;
}

/** selfSigned makes a certificate that is its own trust anchor. */
export async function selfSigned(
  options: { readonly algorithm?: CertificateAlgorithm; readonly names?: readonly string[] } = {},
): Promise<Certificate> {
  const { algorithm = "P-256", names = [NAME] } = options;
  const made = await createSelfSigned({ algorithm, names });
  return certificate(made, made.certPem);
}

/** issued makes a certificate that an authority signed, which clients are told to trust. */
export async function issued(
  options: { readonly names?: readonly string[]; readonly days?: number } = {},
): Promise<Certificate> {
  const { names = [NAME], days } = options;
  const authority = await createAuthority({ algorithm: "P-256", commonName: "authority" });
  const common = { algorithm: "P-256", commonName: NAME, names } as const;
  const made = await issue(authority, { ...common, ...(days !== undefined && { days }) });
  return certificate(made, authority.certPem);
}

/** trusting is the same certificate for clients that are told to trust another. */
export function trusting(shown: Certificate, other: Certificate): Certificate {
  return { ...shown, caPem: other.caPem };
}

/** named is the same certificate for clients that look for another name. */
export function named(shown: Certificate, serverName: string): Certificate {
  return { ...shown, serverName };
}

function certificate({ certPem, keyPem }: CertifiedKey, caPem: string): Certificate {
  return { certPem, keyPem, caPem, serverName: NAME };
}
