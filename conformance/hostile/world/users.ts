// Names, revocations and the log, 500, 501, 510, 511 and 520 (spec/services/{user,kt}.md).

import type { Reason } from "../../../src/crypto/kt/entries.ts";
import { KeyTransparencyService, UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { answering, demand, type Handler } from "./handler.ts";
import { hex, type Revocation, same, type WorldState } from "./state.ts";

const { resolveUser, resolveIdentity } = UserService.method;
const { revokeKey, checkRevocation, auditKeyTransparency } = KeyTransparencyService.method;

const REASONS: readonly string[] = ["compromised", "superseded", "user_revoked"];

export const USERS: readonly Handler[] = [
  answering(resolveUser, ({ username }, { state }) => {
    demand(username.length > 0);
    const account = state.accounts.get(username);
    demand(account !== undefined, Status.NotFound);
    const { identityKey, leafIndex, boundAtMs } = account;
    return { identityKey, inclusionProof: state.log.prove(leafIndex, boundAtMs) };
  }),

  answering(resolveIdentity, ({ identityKey }, { state }) => {
    demand(identityKey.length === 32);
    const account = state.byKey.get(hex(identityKey));
    demand(account !== undefined, Status.NotFound);
    return { username: account.username };
  }),

  answering(revokeKey, ({ identityKey, reason }, { state, account }) => {
    demand(identityKey.length === 32 && REASONS.includes(reason));
    demand(same(identityKey, account.identityKey), Status.Forbidden);
    const { leafIndex } = revoke(state, identityKey, reason as Reason);
    return { success: true, leafIndex: BigInt(leafIndex) };
  }),

  answering(checkRevocation, ({ identityKey }, { state }) => {
    demand(identityKey.length === 32);
    const revocation = state.revocations.get(hex(identityKey));
    if (revocation === undefined) return { revoked: false };
    const { reason, timestampMs } = revocation;
    return { revoked: true, reason, timestampMs };
  }),

  answering(auditKeyTransparency, ({ start, end }, { state }) => {
    demand(start <= BigInt(state.log.size) && (end === 0n || start <= end));
    return state.log.audit(Number(start), Number(end));
  }),
];

/** revoke appends the revocation of a key to the log, once. */
export function revoke(state: WorldState, key: Uint8Array, reason: Reason): Revocation {
  const known = state.revocations.get(hex(key));
  if (known) return known;
  const timestampMs = BigInt(Date.now());
  const revocation = { reason, timestampMs, leafIndex: state.log.revoke(key, reason, timestampMs) };
  state.revocations.set(hex(key), revocation);
  state.keyPackages.delete(hex(key));
  state.hybridKeys.delete(hex(key));
  return revocation;
}
