// What a pair case works with: the SDK behind its adapter, the tap in front of the server, and users of
// the judge's own who call the server directly.

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { methodOf } from "../../src/registry/methods.ts";
import type { QuicTransport } from "../../src/transport/transport.ts";
import { readBytes } from "../adapter/compare.ts";
import { type ErrorClass, show } from "../adapter/protocol.ts";
import type { SdkCall, SdkConnection, SdkReply, SdkUser } from "../client/sdk.ts";
import type { ClientTrial } from "../client/trial.ts";
import { NoAnswer } from "../judge/errors.ts";
import { type DescUnary, encodeTrailer } from "../judge/peer.ts";
import type { Target } from "../judge/target.ts";
import type { User } from "../judge/user.ts";
import { faultsOf } from "./inspect.ts";
import { openTap, type Tap } from "./tap.ts";

export interface CallOptions {
  /** Session token, sent as the trailer of the body. */
  readonly token?: Uint8Array;
  readonly timeoutMs?: number;
}

export interface PairTrial extends Omit<ClientTrial, "server" | "world" | "open" | "user"> {
  readonly tap: Tap;
  readonly target: Target;
  /** open connects the SDK through the tap. */
  open(): Promise<SdkConnection>;
  /** sdkUser makes a user of the SDK, who has called nothing yet. */
  sdkUser(): Promise<SdkUser>;
  /** member is a user of the SDK who is registered, logged in, and has published keys. */
  member(): Promise<Member>;
  /** user lends a user of the judge, logged in at the server directly. */
  user(): Promise<User>;
  /** call has the SDK make a call with this request. */
  call<I extends DescMessage, O extends DescMessage>(
    on: SdkConnection,
    method: DescUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): SdkCall;
  /** erred checks that a reply is an error of this class. */
  erred(reply: SdkReply, errorClass: ErrorClass, id?: string): void;
  /** same checks that two values print alike. */
  same(id: string, got: unknown, expected: unknown): void;
}

export interface Member extends SdkUser {
  readonly key: Uint8Array;
}

/** openPairTrial adds a tap of its own to the trial of a client; `finish` checks what went through it. */
export async function openPairTrial(trial: ClientTrial, target: Target, transport: QuicTransport) {
  const { subject, profile } = target;
  const tap = await openTap({
    transport,
    upstream: subject,
    alpn: profile.alpn,
    trace: trial.trace,
  });
  const lent: User[] = [];

  const sdkUser = () => trial.user(tap);
  const pair: PairTrial = {
    ...trial,
    tap,
    target,
    open: () => trial.open(tap),
    sdkUser,
    async member() {
      const user = await sdkUser();
      const key = await user.register();
      await user.publish();
      return { ...user, key };
    },
    async user() {
      const user = await target.users.take();
      lent.push(user);
      return user;
    },
    call(on, method, request, { token, ...options } = {}) {
      const body = toBinary(method.input, create(method.input, request));
      const trailer = token ? encodeTrailer(token) : new Uint8Array(0);
      return on.call(methodOf(method).id, Buffer.concat([body, trailer]), options);
    },
    erred(reply, errorClass, id = "answer") {
      const expected = `err ${errorClass}`;
      trial.check(id, "err" in reply && reply.err.class === errorClass, {
        expected,
        got: show(reply),
      });
    },
    same(id, got, expected) {
      const holds = JSON.stringify(got) === JSON.stringify(expected);
      trial.check(id, holds, { expected: show(expected), got: show(got) });
    },
  };

  /** finish checks the bytes; users of a case that went well go back to the pool. */
  async function finish(passed: boolean): Promise<void> {
    // An answer that is on its way comes within a moment.
    if (passed) await tap.until(() => tap.streams.every(isOver), 1_000);
    const isSilent = tap.streams.length === 0;
    const faults = isSilent ? ["the SDK sent nothing"] : faultsOf(tap);
    const expected = "one whole frame on each stream, known and in answer to its request";
    if (passed) trial.check("frames", faults.length === 0, { expected, got: faults.join("; ") });
    for (const user of lent) {
      if (passed) target.users.giveBack(user);
      else await target.users.retire(user);
    }
    await tap.close();
  }
  return { pair, finish };
}

function isOver({ kind, fromClient, fromServer }: Tap["streams"][number]): boolean {
  return fromServer.end !== "open" && (kind !== "call" || fromClient.end !== "open");
}

/** messageOf decodes the body of an Ok. Throws NoAnswer when the reply is none, or another message. */
export function messageOf<O extends DescMessage>(schema: O, reply: SdkReply): MessageShape<O> {
  const body = "ok" in reply && reply.ok.status === 0 ? readBytes(reply.ok.body) : undefined;
  if (body === undefined) throw new NoAnswer(`expected ${schema.name}, got ${show(reply)}`);
  try {
    return fromBinary(schema, body);
  } catch (error) {
    throw new NoAnswer(`the body is no ${schema.name}: ${(error as Error).message}`);
  }
}
