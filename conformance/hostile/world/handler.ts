// How a family of the world answers its methods: decoded requests in, messages or refusals out.

import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { methodOf, needsSession } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import type { Account, WorldState } from "./state.ts";

/** DescUnary is a generated method descriptor with its message types. */
export type DescUnary<I extends DescMessage, O extends DescMessage> = DescMethod & {
  input: I;
  output: O;
};

export interface WorldAnswer {
  readonly status: number;
  readonly payload: Uint8Array;
}

/** Visitor is a client connection as the families see it. */
export interface Visitor {
  /** 1 for the first connection of the world. */
  readonly number: number;
  /** The account that the connection is bound to. */
  bound: Account | undefined;
  /** Accounts whose session was accepted here: whose events come here. */
  readonly accepted: Set<Account>;
  readonly pendingLogins: Map<string, PendingLogin>;
  event(type: number, payload: Uint8Array): void;
}

export interface PendingLogin {
  readonly account: Account | undefined;
  readonly finish: (ke3: Uint8Array) => void;
}

/** Asked is one call: who makes it, and what there is to answer it with. */
export interface Asked {
  readonly state: WorldState;
  readonly visitor: Visitor;
  /** The account of the session; it throws Refusal Unauthorized where there is none. */
  readonly account: Account;
  /** notify sends an event to every connection of these accounts. */
  notify(keys: Iterable<string>, type: number, payload: Uint8Array): void;
}

/** Refusal ends a handler with a status other than Ok. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly status: Status;
  constructor(status: Status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

export interface Handler {
  readonly method: number;
  readonly input: DescMessage;
  readonly needsSession: boolean;
  answer(payload: Uint8Array, asked: Asked): Promise<WorldAnswer>;
}

/** answering makes the handler of a method; what `answer` throws beside Refusal is a fault of ours. */
export function answering<I extends DescMessage, O extends DescMessage>(
  descriptor: DescUnary<I, O>,
  answer: (
    request: MessageShape<I>,
    asked: Asked,
  ) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
): Handler {
  const method = methodOf(descriptor);
  return {
    method: method.id,
    input: descriptor.input,
    needsSession: needsSession(method),
    async answer(payload, asked) {
      try {
        const message = await answer(decoded(descriptor.input, payload), asked);
        return ok(descriptor.output, message);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { status: error.status, payload: new Uint8Array(0) };
      }
    },
  };
}

/** ok is an answer with status Ok and this message. */
export function ok<O extends DescMessage>(output: O, message: MessageInitShape<O>): WorldAnswer {
  return { status: Status.Ok, payload: toBinary(output, create(output, message)) };
}

/** demand refuses unless the condition holds. */
export function demand(condition: boolean, status: Status = Status.BadRequest): asserts condition {
  if (!condition) throw new Refusal(status);
}

function decoded<I extends DescMessage>(input: I, payload: Uint8Array): MessageShape<I> {
  try {
    return fromBinary(input, payload);
  } catch {
    throw new Refusal(Status.BadRequest);
  }
}
