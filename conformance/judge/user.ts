// A user: an account with a live session on a connection of its own. Users are pooled, because each
// registration costs the judge an Argon2id; a case has its users for itself while it runs.

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { AccountService, DeliveryService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../src/registry/statuses.ts";
import { type Account, demandOk, login, newAccount, register } from "./account.ts";
import type { Answer, CallOptions, DescUnary, Peer } from "./peer.ts";
import { createTrace } from "./trace.ts";

export interface User {
  readonly account: Account;
  /** Identity key, 32 bytes. */
  readonly key: Uint8Array;
  readonly peer: Peer;
  readonly token: Uint8Array;
  /** call makes a call with the session, carried as the subject's profile says. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<Answer<O>>;
  /** frame is the request frame of such a call. */
  frame<I extends DescMessage, O extends DescMessage>(
    method: DescUnary<I, O>,
    request: MessageInitShape<I>,
  ): Uint8Array;
}

/** logIn opens a session on a peer. `inBody`: the subject wants the token in every request. */
export async function logIn(peer: Peer, account: Account, inBody: boolean): Promise<User> {
  const finish = await login(peer, account);
  demandOk(finish, "OpaqueLoginFinish");
  const token = finish.message().sessionToken.slice();
  return {
    account,
    key: account.identityKey,
    peer,
    token,
    call: (method, request, options) =>
      peer.call(method, request, inBody ? { token, ...options } : options),
    frame: (method, request) => peer.frame(method, request, inBody ? { token } : {}),
  };
}

export interface UserPool {
  /** take lends a user with an empty default inbox. */
  take(): Promise<User>;
  /** giveBack takes a user back from a case that passed; it is reused while its connection lives. */
  giveBack(user: User): void;
  /** retire lets go of a user for good, and of its account where the run cleans up after itself. */
  retire(user: User): Promise<void>;
  close(): Promise<void>;
}

export interface UserPoolOptions {
  /** The subject wants the token in every request. */
  readonly inBody: boolean;
  /** Delete the accounts of users that are done with. */
  readonly cleanUp: boolean;
}

/** createUserPool makes users on connections from `connect`. */
export function createUserPool(
  connect: () => Promise<Peer>,
  { inBody, cleanUp }: UserPoolOptions,
): UserPool {
  const free: User[] = [];

  // A user that lost its session cannot delete its account, and a login for its sake alone is too dear.
  async function retire(user: User): Promise<void> {
    if (!user.peer.isOpen()) return;
    user.peer.traceTo(createTrace());
    if (cleanUp) await user.call(AccountService.method.deleteAccount, {}).catch(() => {});
    await user.peer.close();
  }

  return {
    async take() {
      for (let user = free.pop(); user; user = free.pop()) {
        user.peer.traceTo(createTrace());
        if (user.peer.isOpen() && (await isEmptied(user))) {
          user.peer.events.clear();
          return user;
        }
        await retire(user);
      }
      const peer = await connect();
      const account = newAccount();
      demandOk(await register(peer, account), "OpaqueRegisterFinish");
      return logIn(peer, account, inBody);
    },
    giveBack(user) {
      free.push(user);
    },
    retire,
    async close() {
      await Promise.all(free.map(retire));
    },
  };
}

// A user whose inbox cannot be emptied in a few rounds is not worth keeping.
async function isEmptied({ call, key }: User): Promise<boolean> {
  const { fetch, ack } = DeliveryService.method;
  try {
    for (let round = 0; round < 5; round++) {
      const answer = await call(fetch, { recipientKey: key });
      if (answer.status !== Status.Ok) return false;
      const last = answer.message().payloads.at(-1);
      if (last === undefined) return true;
      await call(ack, { recipientKey: key, seqUpTo: last.seq });
    }
  } catch {
    // Whatever is wrong with it, the next case gets another one.
  }
  return false;
}
