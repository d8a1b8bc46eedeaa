// The contract of storage: what every backend has to do, run against each from its own test file.
// Spec: services/auth.md, sessions.md, services/delivery.md, services/keys.md, services/channel.md.

import { describe } from "node:test";
import { accountsContract } from "./contract/accounts.ts";
import { blobsContract } from "./contract/blobs.ts";
import { capContract } from "./contract/cap.ts";
import { channelsContract } from "./contract/channels.ts";
import { deletionContract } from "./contract/deletion.ts";
import { deliveriesContract } from "./contract/deliveries.ts";
import { devicesContract } from "./contract/devices.ts";
import { durabilityContract } from "./contract/durability.ts";
import { federationContract } from "./contract/federation.ts";
import { groupsContract } from "./contract/groups.ts";
import type { Backend } from "./contract/harness.ts";
import { keyPackagesContract } from "./contract/key-packages.ts";
import { ktContract } from "./contract/kt.ts";
import { modelContract } from "./contract/model.ts";
import { moderationContract } from "./contract/moderation.ts";
import { endpointsContract } from "./contract/p2p.ts";
import { recoveryContract } from "./contract/recovery.ts";
import { sweepContract } from "./contract/sweep.ts";

/** storesContract registers the whole suite for one backend. */
export function storesContract(backend: Backend): void {
  describe(`stores: ${backend.name}`, () => {
    accountsContract(backend);
    keyPackagesContract(backend);
    ktContract(backend);
    deliveriesContract(backend);
    capContract(backend);
    channelsContract(backend);
    groupsContract(backend);
    federationContract(backend);
    moderationContract(backend);
    blobsContract(backend);
    recoveryContract(backend);
    endpointsContract(backend);
    sweepContract(backend);
    devicesContract(backend);
    deletionContract(backend);
    durabilityContract(backend);
    modelContract(backend);
  });
}
