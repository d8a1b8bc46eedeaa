// What a client finds wrong with a server or a peer, by name (spec/client/client.md). A fault never changes
// the client's state, and nothing that caused one is shown as verified.

/**
 * FaultKind, by who can cause it.
 * The server, in an answer:
 * - `key-package-swapped`: a KeyPackage of another identity than the one asked for
 * - `key-package-replayed`: a KeyPackage that was handed out before
 * - `key-package-invalid`: no valid KeyPackage: signature, ciphersuite, credential or lifetime
 * - `fingerprint-mismatch`: the answer to an upload names another KeyPackage
 * - `log-proof`: a user without the inclusion proof that the log declares, or with a wrong one
 * - `log-shrunk`: a log smaller than the one seen before
 * - `log-forked`: a log whose root does not follow from the leaves seen before
 * - `key-changed`: a username leads to another key than the pinned one
 * - `key-revoked`: the key is revoked
 * - `hybrid-key-invalid`: a hybrid public key of another length, or no key
 * - `blob-mismatch`: a blob whose SHA-256 is not its name, or that its key does not open
 * - `delivery-proof`: a receipt that does not verify
 *
 * The server or a peer, in an inbox:
 * - `envelope`: a hybrid envelope that does not open
 * - `welcome`: a Welcome that is broken, or for a KeyPackage that is not there any more
 * - `malformed`: bytes that are no MLS message, or a plaintext that is no content
 * - `future-epoch`: a message that needs a commit which has not come; it is held
 * - `past-epoch`: a commit of an epoch that is over: a duplicate, or the loser of two
 * - `replayed`: a message that was received before
 * - `removed-sender`: a message of somebody who was removed since
 * - `undecryptable`: a message that the group's keys do not open, or whose signature is wrong
 * - `invalid-commit`: a commit that breaks the rules of MLS
 * - `unknown-group`: a message for a group that this client is not in
 */
export type FaultKind =
  | "key-package-swapped"
  | "key-package-replayed"
  | "key-package-invalid"
  | "fingerprint-mismatch"
  | "log-proof"
  | "log-shrunk"
  | "log-forked"
  | "key-changed"
  | "key-revoked"
  | "hybrid-key-invalid"
  | "blob-mismatch"
  | "delivery-proof"
  | "envelope"
  | "welcome"
  | "malformed"
  | "future-epoch"
  | "past-epoch"
  | "replayed"
  | "removed-sender"
  | "undecryptable"
  | "invalid-commit"
  | "unknown-group";

/** ClientFault: the client refused what it was given, and kept its state. */
export class ClientFault extends Error {
  override name = "ClientFault";
  readonly fault: FaultKind;
  constructor(fault: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
