// The mirror of the home server's transparency log: all of its leaf hashes, so that every root that the
// server ever states can be computed anew (spec/crypto/key-transparency.md; C-51, I-20).

import { HASH_BYTES } from "../crypto/kt/hash.ts";
import { MerkleTree } from "../crypto/kt/tree.ts";
import type { AuditKeyTransparencyResponse } from "../gen/qpc/v1/keys_pb.ts";
import { KeyTransparencyService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { sameBytes } from "./bytes.ts";
import { CallError, type CallOptions } from "./call.ts";
import { createClient } from "./client.ts";
import { ClientFault } from "./faults.ts";
import type { Session } from "./session.ts";
import { appendLeaves, leaves } from "./store/log.ts";

/** VerifiedLog is a log whose every leaf is here and whose root the server stated. */
export type VerifiedLog = Pick<MerkleTree, "size" | "leaf" | "root">;

export interface LogMirror {
  /**
   * follow reads all that the log has now, and proves that it only grew. `size` is what the server has
   * stated before, if anything. `judge` then sees the log and answers what is to be stored; new leaves are
   * stored in the same transaction, and nothing is when either throws. It throws ClientFault `log-shrunk`,
   * `log-forked` and `log-proof`, the last also for a log in more than 10,000 pages, and the reason of the
   * signal. One call at a time.
   */
  follow<T>(
    size: bigint | undefined,
    judge: (log: VerifiedLog) => Promise<Operation<T>>,
    options?: CallOptions,
  ): Promise<T>;
}

export interface LogMirrorOptions extends Session {
  readonly database: Database;
  /** Leaves that this client is ready to hold, about 64 bytes of memory each. */
  readonly largestLog: number;
}

/** A server may choose how long its pages are: these hold 4 million leaves in pages of 420. */
const MOST_PAGES = 10_000;

/** createLogMirror goes on from the leaves that are stored. */
export function createLogMirror(options: LogMirrorOptions): LogMirror {
  const { caller, credentials, database, largestLog } = options;
  const log = createClient(KeyTransparencyService, caller, credentials);
  // All of its leaves are stored. A tree that grew without that is dropped: it cannot shrink again.
  let held: MerkleTree | undefined;

  return {
    async follow(stated, judge, callOptions) {
      const tree = held ?? (await load(database));
      const start = tree.size;
      const size = stated ?? BigInt(start);
      let stored = start;
      held = undefined;
      try {
        demandGrowth(size, BigInt(start));
        await extend(tree, size, reader(callOptions), largestLog);
        const operation = await judge(tree);
        const result = await database.write(storing(tree, start, operation));
        stored = tree.size;
        return result;
      } finally {
        if (tree.size === stored) held = tree;
      }
    },
  };

  /** Nothing is stored before the end: pages of one leaf each would keep a client busy for ever. */
  function reader(callOptions: CallOptions | undefined): ReadPage {
    let pages = 0;
    return async (from, to) => {
      callOptions?.signal?.throwIfAborted();
      pages += 1;
      demand(
        pages <= MOST_PAGES,
        `a log in more than ${MOST_PAGES} pages; ${from} leaves were read`,
      );
      return page(from, to, callOptions);
    };
  }

  async function page(from: number, to: number, callOptions: CallOptions | undefined) {
    try {
      const request = { start: BigInt(from), end: BigInt(to) };
      return await log.auditKeyTransparency(request, callOptions);
    } catch (error) {
      // [kt.range-invalid]: a start within the log is never refused.
      const isRefused = error instanceof CallError && error.status === Status.BadRequest;
      if (!isRefused || from === 0) throw error;
      throw new ClientFault("log-shrunk", `the log has no ${from} leaves any more`, {
        cause: error,
      });
    }
  }
}

type ReadPage = (from: number, to: number) => Promise<AuditKeyTransparencyResponse>;

/** extend appends to the tree whatever the log has beyond it; in all at least `size` leaves. */
async function extend(
  tree: MerkleTree,
  size: bigint,
  read: ReadPage,
  largestLog: number,
): Promise<void> {
  const first = await read(tree.size, 0);
  const { treeSize, root } = first;
  demandGrowth(treeSize, size);
  demand(treeSize <= largestLog, `a log of ${treeSize} leaves is more than this client holds`);
  const target = Number(treeSize);
  append(tree, first, target);
  while (tree.size < target) {
    const next = await read(tree.size, target);
    demandGrowth(next.treeSize, treeSize);
    if (next.treeSize === treeSize) demandRoot(next.root, root, target);
    append(tree, next, target);
  }
  demandRoot(root, tree.root(), target);
}

/** append takes a page: the leaves from the end of the tree on, one at least while it lacks any. */
function append(tree: MerkleTree, { entries }: AuditKeyTransparencyResponse, target: number): void {
  const missing = target - tree.size;
  demand(entries.length <= missing, "a page with more leaves than were asked for");
  demand(entries.length > 0 || missing === 0, "a page without leaves before the end of the log");
  for (const { index, leafHash } of entries) {
    demand(index === BigInt(tree.size), `leaf ${index} where leaf ${tree.size} was due`);
    demand(leafHash.length === HASH_BYTES, `a leaf hash of ${leafHash.length} bytes`);
    tree.append(leafHash);
  }
}

function* storing<T>(log: VerifiedLog, start: number, operation: Operation<T>): Operation<T> {
  const added = Array.from({ length: log.size - start }, (_, n) => log.leaf(start + n));
  yield* appendLeaves(start, added);
  return yield* operation;
}

/** Leaves that are read from the database in one go. */
const PAGE = 10_000;

async function load(database: Database): Promise<MerkleTree> {
  const tree = new MerkleTree();
  for (;;) {
    const page = await database.read(leaves(tree.size, tree.size + PAGE));
    for (const leaf of page) tree.append(leaf);
    if (page.length < PAGE) return tree;
  }
}

/** demandGrowth throws `log-shrunk` for a log that is smaller than before. */
export function demandGrowth(size: bigint, before: bigint): void {
  if (size >= before) return;
  throw new ClientFault("log-shrunk", `a log of ${size} leaves that had ${before}`);
}

/** demandRoot throws `log-forked` unless the roots of the log at `size` leaves are the same. */
export function demandRoot(stated: Uint8Array, expected: Uint8Array, size: number | bigint): void {
  if (sameBytes(stated, expected)) return;
  throw new ClientFault("log-forked", `another root of the log at ${size} leaves`);
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new ClientFault("log-proof", otherwise);
}
