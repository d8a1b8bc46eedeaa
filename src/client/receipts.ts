// Receipts: what a server signed that it took (spec/services/delivery.md [delivery.delivery-proof],
// spec/crypto/identity.md; C-40).

import { type Delivery, verifyDeliveryProof } from "../crypto/identity/delivery-proof.ts";
import { IDENTITY_KEY_BYTES, IdentityError } from "../crypto/identity/error.ts";
import { HealthService } from "../gen/qpc/v1/methods_pb.ts";
import type { Caller } from "../rpc/caller.ts";
import type { CallOptions } from "./call.ts";
import { createClient } from "./client.ts";
import { ClientFault } from "./faults.ts";

/** Receipt is what the server answered to an Enqueue. */
export interface Receipt {
  readonly seq: bigint;
  /** Empty, or time_ms (8 bytes) and a signature (64 bytes). */
  readonly deliveryProof: Uint8Array;
}

/**
 * fetchSigningKey answers the key (32 bytes) that verifies the server's receipts; undefined when it signs
 * none. Who keeps it sees later whether the server changed it. It throws ClientFault `delivery-proof` for
 * what is no key.
 */
export async function fetchSigningKey(
  caller: Caller,
  options?: CallOptions,
): Promise<Uint8Array | undefined> {
  const { signingKey } = await createClient(HealthService, caller).health({}, options);
  if (signingKey.length === 0) return undefined;
  if (signingKey.length === IDENTITY_KEY_BYTES) return signingKey;
  throw new ClientFault("delivery-proof", `a signing key of ${signingKey.length} bytes`);
}

/**
 * verifyReceipt answers when the server took a message, in Unix milliseconds; undefined when it signed
 * nothing, as it may [identity.delivery-proof-optional]. `sent` is what was enqueued. It throws ClientFault
 * `delivery-proof` for a proof that does not hold.
 */
export function verifyReceipt(
  signingKey: Uint8Array,
  sent: Omit<Delivery, "seq">,
  { seq, deliveryProof }: Receipt,
): bigint | undefined {
  if (deliveryProof.length === 0) return undefined;
  try {
    return verifyDeliveryProof(deliveryProof, signingKey, { ...sent, seq });
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause;
    throw new ClientFault("delivery-proof", cause.message, { cause });
  }
}
