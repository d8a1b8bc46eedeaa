// Logs and directories for tests: what a client holds after it asked, and servers with a log of their own.

import assert from "node:assert/strict";
import { bindingEntry } from "../../crypto/kt/entries.ts";
import { leafHash } from "../../crypto/kt/hash.ts";
import { MerkleTree } from "../../crypto/kt/tree.ts";
import { KeyTransparencyService, UserService } from "../../gen/qpc/v1/methods_pb.ts";
import type { ResolveUserResponse } from "../../gen/qpc/v1/user_pb.ts";
import type { Caller } from "../../rpc/caller.ts";
import { createDirectory, type Directory, type DirectoryOptions } from "../directory.ts";
import { listContacts } from "../store/contacts.ts";
import { leaves, logSize } from "../store/log.ts";
import { answering } from "./reference.ts";

const { resolveUser } = UserService.method;
const { auditKeyTransparency } = KeyTransparencyService.method;

type Owner = Pick<DirectoryOptions, "caller" | "database">;

/** directoryOf is the directory of a person; options replace what the person has. */
export function directoryOf(
  { caller, database }: Owner,
  options: Partial<DirectoryOptions> = {},
): Directory {
  return createDirectory({ caller, database, now: () => 1_700_000_000_000, ...options });
}

/** stateOf is all that a directory stores, but for the logs of other servers. */
export async function stateOf({ database }: Pick<Owner, "database">) {
  const contacts = await database.read(listContacts());
  const size = await database.read(logSize());
  return { contacts, held: await database.read(leaves(0, size)) };
}

/** assertFault asserts that a name is not resolved, and why. */
export async function assertFault(
  { resolve }: Directory,
  username: string,
  fault: string,
): Promise<void> {
  await assert.rejects(resolve(username), { name: "ClientFault", fault });
}

/** appendBinding appends a binding to a log, and answers what ResolveUser would. */
export function appendBinding(
  log: MerkleTree,
  username: string,
  identityKey: Uint8Array,
): Partial<ResolveUserResponse> {
  const timestampMs = 1_700_000_000_005n;
  const index = log.append(leafHash(bindingEntry(username, identityKey, timestampMs)));
  return proofOf(log, identityKey, index, timestampMs);
}

/** proofOf is what ResolveUser answers for a binding that is in the log. */
export function proofOf(
  log: MerkleTree,
  identityKey: Uint8Array,
  index: number,
  timestampMs = 1_700_000_000_005n,
): Partial<ResolveUserResponse> {
  const inclusionProof = {
    $typeName: "qpc.v1.InclusionProof",
    leafIndex: BigInt(index),
    treeSize: BigInt(log.size),
    leafHash: log.leaf(index),
    auditPath: log.inclusionProof(index),
    root: log.root(),
    timestampMs,
  } as const;
  return { identityKey, inclusionProof };
}

/** resolving is a server that answers every name like this. */
export function resolving(caller: Caller, answer: Partial<ResolveUserResponse>): Caller {
  return answering(caller, resolveUser, () => answer);
}

/** auditing is a server whose audits are of this log. */
export function auditing(caller: Caller, log: MerkleTree): Caller {
  return answering(caller, auditKeyTransparency, ({ start }) => {
    const indices = Array.from({ length: log.size - Number(start) }, (_, n) => Number(start) + n);
    const entries = indices.map((index) => ({
      $typeName: "qpc.v1.LogEntry" as const,
      index: BigInt(index),
      leafHash: log.leaf(index),
    }));
    return { entries, treeSize: BigInt(log.size), root: log.root() };
  });
}

/** treeOf is the log with these leaf hashes. */
export function treeOf(hashes: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree();
  for (const hash of hashes) tree.append(hash);
  return tree;
}

/** strangeLog has leaves that no other log has. */
export function strangeLog(size: number): MerkleTree {
  return treeOf(Array.from({ length: size }, (_, n) => leafHash(Uint8Array.of(n))));
}
