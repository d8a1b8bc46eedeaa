// Key transparency (510, 511, 520): spec/services/kt.md.

import { type Reason, revocationEntry } from "../crypto/kt/entries.ts";
import { leafHash } from "../crypto/kt/hash.ts";
import { KeyTransparencyService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import { type Caller, type ComposedMethod, compose } from "../rpc/service.ts";
import type { KtStore } from "../storage/stores/kt.ts";
import type { KeyLog } from "./key-log.ts";
import type { Waits } from "./waits.ts";

export interface KtDependencies {
  readonly kt: KtStore;
  readonly keyLog: KeyLog;
  readonly waits: Waits;
  readonly clock: Clock;
}

/** createKtService answers 510, 511 and 520. */
export function createKtService({ kt, keyLog, waits, clock }: KtDependencies): ComposedMethod[] {
  return compose(KeyTransparencyService, {
    // The sessions end with the transaction; the call that ended them is answered all the same (I-10).
    async revokeKey({ identityKey, reason }, { caller }) {
      demand(mayRevoke(caller, identityKey), Status.Forbidden, "kt.own-key");
      const now = clock.now();
      // The field rule lets no other word through.
      const leaf = leafHash(revocationEntry(identityKey, reason as Reason, now));
      const revocation = await kt.revoke({ identityKey, reason, leafHash: leaf }, now);
      demand(revocation !== undefined, Status.NotFound, "kt.unknown-key");
      waits.recheck(identityKey);
      return { success: true, leafIndex: BigInt(revocation.leafIndex) };
    },

    async checkRevocation({ identityKey }) {
      const found = await kt.findRevocation(identityKey);
      if (found === undefined) return { revoked: false };
      return { revoked: true, reason: found.reason, timestampMs: BigInt(found.revokedAt) };
    },

    async auditKeyTransparency({ start, end }) {
      const log = await keyLog.current();
      const size = BigInt(log.size);
      demand(start <= size && (end === 0n || start <= end), Status.BadRequest, "kt.range-invalid");
      const to = Math.min(
        Number(end === 0n || end > size ? size : end),
        Number(start) + LIMITS.auditLeaves.value,
      );
      const entries = [];
      for (let index = Number(start); index < to; index += 1) {
        entries.push({ index: BigInt(index), leafHash: log.leaf(index) });
      }
      return { entries, treeSize: size, root: log.root() };
    },
  });
}

function mayRevoke(caller: Caller, identityKey: Uint8Array): boolean {
  if (caller.kind === "operator") return true;
  if (caller.kind !== "session") return false;
  return Buffer.compare(caller.session.identityKey, identityKey) === 0;
}
