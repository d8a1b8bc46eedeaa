// Whom a name leads to, verified: against the transparency log, against revocations, and against what
// the name led to before (spec/crypto/key-transparency.md; C-53, I-10).

import { KeyTransparencyService, UserService } from "../gen/qpc/v1/methods_pb.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { addressOf, checkBinding, demandName } from "./binding.ts";
import type { CallOptions } from "./call.ts";
import { createClient } from "./client.ts";
import { ClientFault } from "./faults.ts";
import { demandNoLog, demandRemoteGrowth } from "./foreign-logs.ts";
import { createLogMirror, demandRoot, type VerifiedLog } from "./log-mirror.ts";
import { demandPinned, type Offer, pin } from "./pinning.ts";
import type { Session } from "./session.ts";
import {
  type Contact,
  changeContact,
  findContact,
  isRevoked,
  revokeKey,
} from "./store/contacts.ts";
import { type LogRoot, logSize, saveRemoteRoot } from "./store/log.ts";

export interface Resolved {
  readonly contact: Contact;
  /**
   * - `log`: the key is in the log, of which all leaves are here
   * - `remote-log`: the key is in a log that grew, by the word of another server
   * - `none`: the server keeps no log
   */
  readonly proof: "log" | "remote-log" | "none";
}

/** Directory: every function throws ClientFault, having stored nothing, and the errors of its calls. */
export interface Directory {
  /**
   * resolve asks for the key of a username, as `alice` or `alice@example.org`, compared byte by byte. The
   * first key is pinned. Faults: `log-proof`, `log-shrunk`, `log-forked`, `key-changed` (as KeyChanged) and
   * `key-revoked`, the one thing that is remembered, if the key is pinned. CallError NotFound: no such user.
   */
  resolve(username: string, options?: CallOptions): Promise<Resolved>;
  /**
   * acceptNewKey resolves once more and pins `identityKey`, which the user has seen and agreed to, instead
   * of the key before; nobody has verified it. It throws as resolve does, `key-changed` for a third key.
   */
  acceptNewKey(username: string, identityKey: Uint8Array, options?: CallOptions): Promise<Resolved>;
  /** markVerified notes that the safety number was compared. It throws RangeError for an unknown name. */
  markVerified(username: string): Promise<Contact>;
  /** audit follows the log without resolving anybody, and answers its size and root. */
  audit(options?: CallOptions): Promise<LogRoot>;
}

export interface DirectoryOptions extends Session {
  readonly database: Database;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** True to pin keys of a server that has never shown a log. */
  readonly allowUnlogged?: boolean;
  /** Leaves of the home server's log that this client is ready to hold. */
  readonly largestLog?: number;
}

const LARGEST_LOG = 4_194_304;
const KEY_BYTES = 32;

/** createDirectory works on one connection; it takes its requests one after the other. */
export function createDirectory(options: DirectoryOptions): Directory {
  const { caller, credentials, database, now, allowUnlogged = false } = options;
  const users = createClient(UserService, caller, credentials);
  const revocations = createClient(KeyTransparencyService, caller, credentials);
  const mirror = createLogMirror({ ...options, largestLog: options.largestLog ?? LARGEST_LOG });

  async function resolve(
    name: string,
    accepted: Uint8Array | undefined,
    callOptions: CallOptions | undefined,
  ): Promise<Resolved> {
    const answer = await users.resolveUser({ username: name }, callOptions);
    const { identityKey, inclusionProof } = answer;
    demandName(name);
    if (identityKey.length !== KEY_BYTES) {
      throw new ClientFault("log-proof", `an identity key of ${identityKey.length} bytes`);
    }
    const address = addressOf(name);
    if (inclusionProof) checkBinding(address.username, identityKey, inclusionProof);

    const offer = { username: name, identityKey, accepted };
    const trust = async () => {
      const known = await database.read(findContact(name));
      demandPinned(known, offer);
      await demandUnrevoked(offer, callOptions);
      return pin(offer, now());
    };
    if (inclusionProof === undefined) {
      if (!allowUnlogged) throw new ClientFault("log-proof", `no proof for the key of ${name}`);
      await database.read(demandNoLog(address));
      return { contact: await database.write(await trust()), proof: "none" };
    }
    const { domain } = address;
    if (domain !== undefined) {
      const remote = await database.read(demandRemoteGrowth(domain, inclusionProof));
      const contact = await database.write(withRoot(domain, remote, await trust()));
      return { contact, proof: "remote-log" };
    }
    const { treeSize, root } = inclusionProof;
    const judge = async (log: VerifiedLog) => {
      demandRoot(root, log.root(Number(treeSize)), treeSize);
      return trust();
    };
    return { contact: await mirror.follow(treeSize, judge, callOptions), proof: "log" };
  }

  // [kt.clients-check]. A revocation is final, whatever the server says of it later.
  async function demandUnrevoked(
    { username, identityKey }: Offer,
    callOptions: CallOptions | undefined,
  ): Promise<void> {
    if (!(await database.read(isRevoked(identityKey)))) {
      const { revoked } = await revocations.checkRevocation({ identityKey }, callOptions);
      if (!revoked) return;
      await database.write(revokeKey(identityKey));
    }
    throw new ClientFault("key-revoked", `the key of ${username} is revoked`);
  }

  // One at a time: an answer that was overtaken would look like a log that shrank.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  }

  return {
    resolve: (username, callOptions) => inTurn(() => resolve(username, undefined, callOptions)),
    acceptNewKey: (username, identityKey, callOptions) =>
      inTurn(() => resolve(username, identityKey, callOptions)),
    async markVerified(username) {
      const contact = await database.write(changeContact(username, { trust: "verified" }));
      if (contact === undefined) throw new RangeError(`${username} has not been resolved`);
      return contact;
    },
    audit: (callOptions) =>
      inTurn(() => mirror.follow(undefined, async (log) => rootOf(log), callOptions)),
  };
}

function* withRoot<T>(domain: string, remote: LogRoot, operation: Operation<T>): Operation<T> {
  yield* saveRemoteRoot(domain, remote);
  return yield* operation;
}

function* rootOf(log: VerifiedLog): Operation<LogRoot> {
  const size = yield* logSize();
  return { size, root: log.root(size) };
}
