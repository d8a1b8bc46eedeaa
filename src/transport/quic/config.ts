// What an endpoint tells the engine: TLS identity and trust, ALPN, flow control, stream credit
// (RFC 9000 section 18.2).

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ConnectOptions, ListenOptions } from "../transport.ts";
import type { Config, Quiche } from "./binding.ts";

/** A datagram that every path carries, IPv6 tunnels included. */
export const DATAGRAM_SIZE = 1350;

// A stream may hold this much that nobody has read; the window grows for a reader that keeps up.
const STREAM_WINDOW = 1 << 20;
const MAX_STREAM_WINDOW = 4 << 20;

// No limit of its own for the connection, whose streams are limited in size and number: the engine
// never gives back the credit for bytes of a reset stream that were not read, and a connection with
// a window would come to a stop after some resets.
const CONNECTION_WINDOW = 2 ** 50;

// Unidirectional streams open at once, by who opens them. Only a server has use for them: pushes.
const CLIENT_UNI_STREAMS = 16;
const SERVER_UNI_STREAMS = 1024;

// BoringSSL leaves Ed25519 out unless it is asked for.
const SIGNATURES = [
  "ecdsa_secp256r1_sha256",
  "ecdsa_secp384r1_sha384",
  "ed25519",
  "rsa_pss_rsae_sha256",
  "rsa_pss_rsae_sha384",
  "rsa_pss_rsae_sha512",
].join(":");

/** serverConfig throws when the certificate, the key or the authority cannot be used. */
export function serverConfig(quiche: Quiche, options: ListenOptions): Config {
  const config = tlsConfig(quiche, options, options.clientCaPem);
  applyLimits(config, options);
  config.setInitialMaxStreamsBidi(options.maxBidiStreams);
  config.setInitialMaxStreamsUni(options.maxUniStreams ?? CLIENT_UNI_STREAMS);
  return config;
}

/** clientConfig throws as serverConfig does. */
export function clientConfig(quiche: Quiche, options: ConnectOptions): Config {
  const config = tlsConfig(quiche, options, options.caPem);
  applyLimits(config, options);
  config.setInitialMaxStreamsBidi(0);
  config.setInitialMaxStreamsUni(options.maxUniStreams ?? SERVER_UNI_STREAMS);
  return config;
}

interface Identity {
  readonly certPem?: string;
  readonly keyPem?: string;
}

// Trust is exactly the given authority: without one the peer is not verified, and a server does not
// ask for a certificate.
function tlsConfig(quiche: Quiche, { certPem, keyPem }: Identity, caPem?: string): Config {
  if (certPem !== undefined || keyPem !== undefined) checkKey(certPem, keyPem);
  if (caPem !== undefined) checkAuthority(caPem);
  const pem = (text: string) => new TextEncoder().encode(text);
  return quiche.Config.withBoringSslCtx(
    caPem !== undefined,
    false,
    caPem === undefined ? null : pem(caPem),
    keyPem === undefined ? null : [pem(keyPem)],
    certPem === undefined ? null : [pem(certPem)],
    SIGNATURES,
  );
}

// The engine takes a key that does not fit the certificate, and then fails every handshake.
function checkKey(certPem: string | undefined, keyPem: string | undefined): void {
  if (certPem === undefined || keyPem === undefined) {
    throw new Error("a certificate and its private key go together");
  }
  const certificate = new X509Certificate(certPem);
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    throw new Error("the private key does not belong to the certificate");
  }
}

// A text without a certificate would be trust in nobody, which is an error worth telling.
function checkAuthority(caPem: string): void {
  new X509Certificate(caPem);
}

function applyLimits(config: Config, options: ListenOptions | ConnectOptions): void {
  config.setApplicationProtos([...options.alpn]);
  config.setMaxIdleTimeout(options.idleTimeoutMs);
  config.setMaxSendUdpPayloadSize(DATAGRAM_SIZE);
  config.setInitialMaxData(CONNECTION_WINDOW);
  config.setInitialMaxStreamDataBidiLocal(STREAM_WINDOW);
  config.setInitialMaxStreamDataBidiRemote(STREAM_WINDOW);
  config.setInitialMaxStreamDataUni(STREAM_WINDOW);
  config.setMaxStreamWindow(MAX_STREAM_WINDOW);
  config.setDisableActiveMigration(true);
  config.enablePacing(false);
}
