// Users (500, 501): spec/services/user.md. Names are compared byte by byte (C-108).

import type { InclusionProof } from "../gen/qpc/v1/kt_pb.ts";
import { UserService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import { demand } from "../rpc/error.ts";
import { type ComposedMethod, compose } from "../rpc/service.ts";
import type { UserStore } from "../storage/stores.ts";
import type { KeyLog } from "./key-log.ts";

/** Resolved is whom a name leads to, with the proof of the binding. */
export interface Resolved {
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Undefined when the server of the user keeps no log. */
  readonly inclusionProof: Omit<InclusionProof, "$typeName"> | undefined;
}

/** Resolver answers undefined for a name without an account. */
export type Resolver = (name: string) => Promise<Resolved | undefined>;

export interface UserDependencies {
  readonly users: UserStore;
  readonly keyLog: KeyLog;
  /** Resolves `user@domain` at its server; without it such a name leads to nobody (I-19). */
  readonly remote?: Resolver | undefined;
}

/** createUserService answers 500 and 501. */
export function createUserService(dependencies: UserDependencies): ComposedMethod[] {
  const { users, remote } = dependencies;
  const local = createLocalResolver(dependencies);
  // No name of this server has an @ (C-108).
  const resolve: Resolver = (name) => (name.includes("@") && remote ? remote(name) : local(name));

  return compose(UserService, {
    async resolveUser({ username }) {
      const found = await resolve(username);
      demand(found !== undefined, Status.NotFound, "user.not-found");
      const { identityKey, inclusionProof } = found;
      return inclusionProof === undefined ? { identityKey } : { identityKey, inclusionProof };
    },

    async resolveIdentity({ identityKey }) {
      const user = await users.findByKey(identityKey);
      demand(user !== undefined, Status.NotFound, "user.not-found");
      return { username: user.username };
    },
  });
}

/** createLocalResolver finds users of this server, each with a proof against the log as it is now (C-53). */
export function createLocalResolver({
  users,
  keyLog,
}: Pick<UserDependencies, "users" | "keyLog">): Resolver {
  return async (username) => {
    const user = await users.find(username);
    if (user === undefined) return undefined;
    const { identityKey, leafIndex, registeredAt } = user;
    // Looked at after the user, so that the leaf is there.
    const log = await keyLog.current();
    const inclusionProof = {
      leafIndex: BigInt(leafIndex),
      treeSize: BigInt(log.size),
      leafHash: log.leaf(leafIndex),
      auditPath: log.inclusionProof(leafIndex),
      root: log.root(),
      timestampMs: BigInt(registeredAt),
    };
    return { identityKey, inclusionProof };
  };
}
