// Logs of which the leaves cannot be had: that of another server, of which the last size and root are
// remembered, and that of a server which keeps none (spec/crypto/key-transparency.md; I-19).

import type { InclusionProof } from "../gen/qpc/v1/kt_pb.ts";
import type { Operation } from "../storage/sql/statement.ts";
import type { Address } from "./binding.ts";
import { ClientFault } from "./faults.ts";
import { demandGrowth, demandRoot } from "./log-mirror.ts";
import { type LogRoot, logSize, remoteRoot } from "./store/log.ts";

/**
 * demandRemoteGrowth answers what the proof says of another server's log. It throws ClientFault
 * `log-shrunk` when it has been larger, `log-forked` when it had another root at the same size.
 */
export function* demandRemoteGrowth(
  domain: string,
  { treeSize, root }: InclusionProof,
): Operation<LogRoot> {
  if (treeSize > Number.MAX_SAFE_INTEGER) {
    throw new ClientFault("log-proof", `a log of ${treeSize} leaves`);
  }
  const size = Number(treeSize);
  const before = yield* remoteRoot(domain);
  if (before !== undefined) {
    demandGrowth(treeSize, BigInt(before.size));
    if (size === before.size) demandRoot(root, before.root, size);
  }
  return { size, root };
}

/** demandNoLog throws ClientFault `log-proof` when the server of the name has shown a log before. */
export function* demandNoLog({ domain }: Address): Operation<void> {
  const shown =
    domain === undefined ? (yield* logSize()) > 0 : (yield* remoteRoot(domain)) !== undefined;
  if (!shown) return;
  throw new ClientFault("log-proof", "no proof from a server that keeps a log");
}
