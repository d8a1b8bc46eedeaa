// The one error of OPAQUE: RFC 9807 section 9.3 (error considerations).

/**
 * OpaqueFault says what went wrong:
 * - `length`: a message or key has the wrong number of bytes
 * - `element`: a group element is malformed, not canonical, or the identity (RFC 9807 section 10.7)
 * - `scalar`: a private key or blind is zero or not below the group order
 * - `envelope`: EnvelopeRecoveryError; a wrong password, an unknown user, or other parameters
 * - `server-mac`: ServerAuthenticationError
 * - `client-mac`: ClientAuthenticationError
 * - `login`: `envelope` or `server-mac`; the backend does not say which
 * - `backend`: not the peer's fault; the setup or a stored record is damaged, or the backend failed
 */
export type OpaqueFault =
  | "length"
  | "element"
  | "scalar"
  | "envelope"
  | "server-mac"
  | "client-mac"
  | "login"
  | "backend";

/** OpaqueError is what every function of this folder throws, for bad input and for a failed login. */
export class OpaqueError extends Error {
  override name = "OpaqueError";
  readonly fault: OpaqueFault;
  constructor(fault: OpaqueFault, message: string, options?: ErrorOptions) {
    super(`${fault}: ${message}`, options);
    this.fault = fault;
  }
}

/** checkLength throws OpaqueError("length") unless `bytes` has exactly `length` bytes. */
export function checkLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length === length) return;
  throw new OpaqueError("length", `${name} has ${bytes.length} bytes, not ${length}`);
}
