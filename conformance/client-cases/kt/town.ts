// A world with a log of some people, for the cases of verification (spec/crypto/key-transparency.md).

import { newIdentityKey } from "../../../src/crypto/identity/signing.ts";
import { KeyTransparencyService, UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { ClientTrial } from "../../client/trial.ts";
import { lie } from "../../hostile/world/bends.ts";
import { type Audit, createLog, type Proof, type WorldLog } from "../../hostile/world/log.ts";
import { type Account, addAccount } from "../../hostile/world/state.ts";
import type { World } from "../../hostile/world/world.ts";
import { arrive, type Guest, OPS } from "../room.ts";

export const { resolveUser } = UserService.method;
export const { auditKeyTransparency, checkRevocation } = KeyTransparencyService.method;

export const KT_OPS = OPS.verify;

/** Town is a guest in a world with four more people: a log of five leaves, in which Bob is leaf 2. */
export interface Town extends Guest {
  readonly bob: Account;
  readonly carol: Account;
}

export async function town(trial: ClientTrial): Promise<Town> {
  const guest = await arrive(trial);
  settle(guest.world, "zoe");
  const bob = settle(guest.world, "bob");
  const carol = settle(guest.world, "carol");
  settle(guest.world, "dave");
  return { ...guest, bob, carol };
}

/** settle registers somebody with a key that nobody needs to use. */
export function settle(world: World, username: string): Account {
  return addAccount(world.state, username, newKey());
}

/** newKey is an identity key of somebody whom nobody knows. */
export function newKey(): Uint8Array {
  return newIdentityKey().publicKey;
}

/** newcomers lets the log grow by so many people. */
export function newcomers(world: World, count: number): void {
  for (let at = 0; at < count; at++) settle(world, `newcomer-${world.state.log.size}`);
}

export interface Resolved {
  readonly identityKey: Uint8Array;
  readonly inclusionProof: Proof;
}

/** Told is what a server says instead: any part of it may be missing. */
export interface Told {
  readonly identityKey?: Uint8Array;
  readonly inclusionProof?: Partial<Proof>;
}

/** honestly is what an honest server answers for an account, from its own log or another. */
export function honestly({ world }: Guest, account: Account, log?: WorldLog): Resolved {
  const { identityKey, leafIndex, boundAtMs } = account;
  return { identityKey, inclusionProof: (log ?? world.state.log).prove(leafIndex, boundAtMs) };
}

/** resolving has ResolveUser answered with what `tell` makes of the honest answer for Bob. */
export function resolving(of: Town, tell: (honest: Resolved) => Told): () => void {
  return lie(of.world, resolveUser, () => tell(honestly(of, of.bob)));
}

/** auditing has pages of the log answered by `tell`. */
export function auditing(
  { world }: Guest,
  tell: (start: number, end: number) => Audit,
): () => void {
  return lie(world, auditKeyTransparency, ({ request }) =>
    tell(Number(request.start), Number(request.end)),
  );
}

/** inAnotherLog shows a whole other log: proofs and pages fit each other. */
export function inAnotherLog(of: Guest, log: WorldLog, account: Account): () => void {
  const proving = lie(of.world, resolveUser, () => honestly(of, account, log));
  const paging = auditing(of, (start, end) => log.audit(start, end));
  return () => {
    proving();
    paging();
  };
}

/** forked is a copy of the log with one leaf changed. */
export function forked({ world }: Guest, leaf: number): WorldLog {
  const leaves = world.state.log.leaves();
  return createLog(leaves.map((one, at) => (at === leaf ? one.map((byte) => byte ^ 1) : one)));
}
