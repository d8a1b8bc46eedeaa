// Certificate and key of the listener: read from files, or made on the first run
// (TRANSPORT-010 to TRANSPORT-012, S-11).

import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createSelfSigned, toPem } from "../crypto/certificates.ts";
import type { Log } from "./log.ts";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly keyType: "p256" | "ed25519";
}

export interface Tls {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * loadOrCreateTls reads both files, DER or PEM. When one is missing it makes a new self-signed pair for
 * localhost, 127.0.0.1 and ::1; a file that was left alone is kept beside it as FILE.old.
 */
export async function loadOrCreateTls(files: TlsFiles, log: Log): Promise<Tls> {
  const { certFile, keyFile, keyType } = files;
  if (existsSync(certFile) && existsSync(keyFile)) {
    return {
      certPem: toPem(await readFile(certFile), "CERTIFICATE"),
      keyPem: toPem(await readFile(keyFile), "PRIVATE KEY"),
    };
  }
  const algorithm = keyType === "ed25519" ? "Ed25519" : "P-256";
  const made = await createSelfSigned({ algorithm });
  await replace(certFile, made.certDer, 0o644);
  await replace(keyFile, made.keyDer, 0o600);
  log.info({ cert: certFile, key: keyFile }, "generated self-signed TLS certificate");
  return { certPem: made.certPem, keyPem: made.keyPem };
}

async function replace(file: string, bytes: Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if (existsSync(file)) await rename(file, `${file}.old`);
  await writeFile(file, bytes, { mode, flush: true });
}
