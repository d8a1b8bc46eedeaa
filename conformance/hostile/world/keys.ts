// KeyPackages and hybrid keys, 300 to 304 (spec/services/keys.md).

import { createHash } from "node:crypto";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Asked, answering, demand, type Handler } from "./handler.ts";
import { hex, same } from "./state.ts";

const { uploadKeyPackage, fetchKeyPackage, uploadHybridKey, fetchHybridKey, fetchHybridKeys } =
  KeyService.method;

const HYBRID_KEY_BYTES = 1216;
const NONE = new Uint8Array(0);

export const KEYS: readonly Handler[] = [
  answering(uploadKeyPackage, (request, asked) => {
    const keyPackage = request.package;
    demand(keyPackage.length > 0 && keyPackage.length <= 1_048_576);
    checkOwner(asked, request.identityKey);
    const { keyPackages } = asked.state;
    const name = hex(request.identityKey);
    const queue = keyPackages.get(name) ?? [];
    keyPackages.set(
      name,
      [...queue.filter((one) => !same(one, keyPackage)), keyPackage].slice(-100),
    );
    return { fingerprint: new Uint8Array(createHash("sha256").update(keyPackage).digest()) };
  }),

  answering(fetchKeyPackage, ({ identityKey }, { state }) => {
    demand(identityKey.length === 32);
    return { package: state.keyPackages.get(hex(identityKey))?.shift() ?? NONE };
  }),

  answering(uploadHybridKey, ({ identityKey, hybridPublicKey }, asked) => {
    demand(hybridPublicKey.length === HYBRID_KEY_BYTES);
    checkOwner(asked, identityKey);
    asked.state.hybridKeys.set(hex(identityKey), hybridPublicKey.slice());
    return {};
  }),

  answering(fetchHybridKey, ({ identityKey }, { state }) => {
    demand(identityKey.length === 32);
    return { hybridPublicKey: state.hybridKeys.get(hex(identityKey)) ?? NONE };
  }),

  answering(fetchHybridKeys, ({ identityKeys }, { state }) => {
    demand(identityKeys.length <= 1000 && identityKeys.every(({ length }) => length === 32));
    return { keys: identityKeys.map((key) => state.hybridKeys.get(hex(key)) ?? NONE) };
  }),
];

function checkOwner({ account }: Asked, identityKey: Uint8Array): void {
  demand(identityKey.length === 32);
  demand(same(identityKey, account.identityKey), Status.Forbidden);
}
