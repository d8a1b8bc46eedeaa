// From the errors of this client to the classes of the protocol, with the stage where they name one.

import { AuthError } from "../../../src/client/auth.ts";
import { CallError } from "../../../src/client/call.ts";
import { ResponseError } from "../../../src/client/client.ts";
import { ClientFault, type FaultKind } from "../../../src/client/faults.ts";
import { MessengerError, Unreachable } from "../../../src/client/messenger/errors.ts";
import { AttachmentError } from "../../../src/crypto/client/attachment.ts";
import { PaddingError } from "../../../src/crypto/client/padding.ts";
import { RecoveryBundleError } from "../../../src/crypto/client/recovery-bundle.ts";
import { RecoveryCodeError } from "../../../src/crypto/client/recovery-code.ts";
import { TranscriptError } from "../../../src/crypto/client/transcript.ts";
import { HybridError } from "../../../src/crypto/hybrid/error.ts";
import { IdentityError } from "../../../src/crypto/identity/error.ts";
import { MlsError } from "../../../src/crypto/mls/group-member.ts";
import { OpaqueError } from "../../../src/crypto/opaque/error.ts";
import type { RuleSlug } from "../../../src/registry/rules.ts";
import { type CloseInfo, ConnectionError, StreamError } from "../../../src/transport/transport.ts";
import { FrameError } from "../../../src/wire/frame.ts";
import { Refusal } from "./operations.ts";

const FRAMES: Partial<Record<RuleSlug, object>> = {
  "framing.truncated-header": { class: "frame.truncated", stage: "header" },
  "framing.truncated-payload": { class: "frame.truncated", stage: "payload" },
  "framing.payload-too-large": { class: "frame.too_large", stage: "header" },
  "framing.trailing-bytes": { class: "frame.trailing", stage: "end" },
  "framing.client-request-id": { class: "frame.req_id" },
};

const NO_COMMON_ALPN = 0x178;
/** TLS alerts about certificates, bad_certificate to unknown_ca, as QUIC transport codes. */
const BAD_CERTIFICATE = 0x12a;
const UNKNOWN_CA = 0x130;
/** decrypt_error: signed by somebody else who has the name of an authority. */
const DECRYPT_ERROR = 0x133;

function ofConnection({ application, code }: CloseInfo): object {
  if (!application && code === NO_COMMON_ALPN) return { class: "conn.alpn" };
  const isAlert = (code >= BAD_CERTIFICATE && code <= UNKNOWN_CA) || code === DECRYPT_ERROR;
  return isAlert && !application ? { class: "conn.cert" } : { class: "conn.closed" };
}

const FAULTS: Readonly<Record<FaultKind, string>> = {
  "key-package-swapped": "mls.reject",
  "key-package-replayed": "mls.reject",
  "key-package-invalid": "mls.reject",
  "fingerprint-mismatch": "mls.reject",
  "log-proof": "kt.mismatch",
  "log-shrunk": "kt.mismatch",
  "log-forked": "kt.mismatch",
  "key-changed": "kt.mismatch",
  "key-revoked": "kt.mismatch",
  "hybrid-key-invalid": "hybrid.auth",
  "blob-mismatch": "blob.hash",
  "delivery-proof": "local.invalid",
  envelope: "hybrid.auth",
  welcome: "mls.reject",
  malformed: "msg.decode",
  "future-epoch": "mls.reject",
  "past-epoch": "mls.reject",
  replayed: "mls.reject",
  "removed-sender": "mls.reject",
  undecryptable: "mls.reject",
  "invalid-commit": "mls.reject",
  "unknown-group": "mls.reject",
};

function ofFault({ fault, message, cause }: ClientFault): object {
  // The blob is the right one, and its key does not open it.
  if (cause instanceof AttachmentError && cause.fault === "open")
    return { class: "local.invalid", stage: fault, msg: message };
  // Bytes that are no MLS message, as opposed to a plaintext that is no content.
  const name = cause instanceof MlsError ? "mls.reject" : FAULTS[fault];
  return { class: name, stage: fault, msg: message };
}

/** toError answers undefined for what is no refusal but a fault of the program. */
export function toError(error: unknown): object | undefined {
  if (error instanceof Refusal) return error.details;
  if (error instanceof FrameError) return FRAMES[error.rule];
  if (error instanceof ConnectionError) return ofConnection(error.info);
  if (error instanceof StreamError) return { class: "stream.reset" };
  if (error instanceof ResponseError) return toError(error.cause) ?? { class: "msg.decode" };
  if (error instanceof ClientFault) return ofFault(error);
  if (error instanceof Unreachable) return toError(error.cause) ?? { class: "conn.closed" };
  if (error instanceof DOMException && error.name === "TimeoutError") return { class: "deadline" };
  if (error instanceof CallError) {
    const { status, code: stage, message: msg } = error;
    return { class: "local.invalid", status, ...(stage && { stage }), msg };
  }
  if (error instanceof AuthError) {
    const name = error.fault === "taken" ? "local.invalid" : "opaque.auth";
    return { class: name, stage: error.fault, msg: error.message };
  }
  if (error instanceof HybridError) {
    if (error.fault === "envelope") return { class: "hybrid.auth", stage: "open" };
    return { class: "local.invalid", stage: "key" };
  }
  if (error instanceof OpaqueError) return { class: "opaque.auth", stage: error.fault };
  if (error instanceof MlsError) return { class: "mls.reject", stage: error.fault };
  if (error instanceof AttachmentError && error.fault === "blob-id") {
    return { class: "blob.hash", stage: error.fault };
  }
  if (error instanceof TranscriptError) {
    const { fault: stage, record } = error;
    return { class: "local.invalid", stage, ...(record !== undefined && { record }) };
  }
  const ofClient = [AttachmentError, PaddingError, RecoveryBundleError, RecoveryCodeError];
  if ([...ofClient, IdentityError, MessengerError].some((type) => error instanceof type)) {
    return { class: "local.invalid", stage: (error as { fault: string } & Error).fault };
  }
  return undefined;
}
