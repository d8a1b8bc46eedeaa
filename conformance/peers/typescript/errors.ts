// From the errors of this client to the classes of the protocol, with the stage where they name one.

import { ClientFault } from "../../../src/client/faults.ts";
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
import { FrameError } from "../../../src/wire/frame.ts";

/** Refusal is an error of an operation itself. */
export class Refusal extends Error {
  readonly details: object;
  constructor(details: { readonly class: string; readonly [detail: string]: unknown }) {
    super(details.class);
    this.details = details;
  }
}

const FRAMES: Partial<Record<RuleSlug, object>> = {
  "framing.truncated-header": { class: "frame.truncated", stage: "header" },
  "framing.truncated-payload": { class: "frame.truncated", stage: "payload" },
  "framing.payload-too-large": { class: "frame.too_large", stage: "header" },
  "framing.trailing-bytes": { class: "frame.trailing", stage: "end" },
};

/** toError answers undefined for what is no refusal but a fault of the program. */
export function toError(error: unknown): object | undefined {
  if (error instanceof Refusal) return error.details;
  if (error instanceof FrameError) return FRAMES[error.rule];
  if (error instanceof ClientFault && error.fault === "malformed") {
    return { class: "msg.decode", stage: error.cause === undefined ? "rule" : "message" };
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
  if ([...ofClient, IdentityError].some((type) => error instanceof type)) {
    return { class: "local.invalid", stage: (error as { fault: string } & Error).fault };
  }
  return undefined;
}
