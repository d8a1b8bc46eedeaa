// The one error of hybrid envelopes (spec/crypto/hybrid-envelope.md).

/**
 * HybridFault says what was refused, never why: an answer that told apart wrong lengths, wrong keys
 * and wrong tags would help whoever forges envelopes.
 * - `envelope`: the envelope cannot be opened
 * - `public-key`: nothing can be sealed for the public key
 */
export type HybridFault = "envelope" | "public-key";

/** HybridError is thrown for envelopes and public keys that come from elsewhere. */
export class HybridError extends Error {
  override name = "HybridError";
  readonly fault: HybridFault;
  constructor(fault: HybridFault) {
    super(MESSAGES[fault]);
    this.fault = fault;
  }
}

const MESSAGES: Readonly<Record<HybridFault, string>> = {
  envelope: "the envelope cannot be opened",
  "public-key": "the hybrid public key is not valid",
};
