// Health (802): spec/services/health.md.

import { HealthService } from "../gen/qpc/v1/methods_pb.ts";
import type { Clock } from "../rpc/clock.ts";
import { type ComposedMethod, compose } from "../rpc/service.ts";
import type { DeliveryProofs } from "./delivery-proofs.ts";

export interface HealthDependencies {
  readonly clock: Clock;
  readonly draining: () => boolean;
  readonly proofs: Pick<DeliveryProofs, "publicKey"> | undefined;
}

/** createHealthService counts the uptime from the moment it is created. */
export function createHealthService({
  clock,
  draining,
  proofs,
}: HealthDependencies): ComposedMethod[] {
  const startedAt = clock.now();
  return compose(HealthService, {
    health: async () => ({
      status: draining() ? "draining" : "ok",
      uptimeSecs: BigInt(Math.floor((clock.now() - startedAt) / 1000)),
      ...(proofs && { signingKey: proofs.publicKey }),
    }),
  });
}
