// The contract of storage: what every backend has to do, run against each from its own test file.
// Spec: services/auth.md, sessions.md, services/delivery.md, services/keys.md, services/channel.md.

import { describe } from "node:test";
import { accountsContract } from "./contract/accounts.ts";
import { capContract } from "./contract/cap.ts";
import { deliveriesContract } from "./contract/deliveries.ts";
import { durabilityContract } from "./contract/durability.ts";
import type { Backend } from "./contract/harness.ts";
import { keyPackagesContract } from "./contract/key-packages.ts";
import { modelContract } from "./contract/model.ts";
import { sweepContract } from "./contract/sweep.ts";

/** storesContract registers the whole suite for one backend. */
export function storesContract(backend: Backend): void {
  describe(`stores: ${backend.name}`, () => {
    accountsContract(backend);
    keyPackagesContract(backend);
    deliveriesContract(backend);
    capContract(backend);
    sweepContract(backend);
    durabilityContract(backend);
    modelContract(backend);
  });
}
