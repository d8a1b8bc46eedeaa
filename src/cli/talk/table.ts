// The commands of qpc that talk end to end (CLIENT-001, CLIENT-002): what they take, in words. What they
// do is in run.ts, which is loaded when one of them is called.

import type { Operands } from "../operands.ts";

export interface TalkShape {
  readonly operands: Operands;
  readonly flags: readonly TalkFlag[];
  readonly help: string;
}

/** TalkFlag is a flag of some of these commands; all of them take --store. */
export type TalkFlag = "accept" | "all" | "limit" | "stream" | "yes";

export interface TalkFlags {
  /** An identity key, 32 bytes. */
  readonly accept?: Uint8Array | undefined;
  readonly all?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly stream?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** TALK has the commands in the order of the help. */
export const TALK = {
  "register-state": {
    operands: ["NAME"],
    flags: [],
    help: "make an account and its store, and publish its keys",
  },
  "fetch-key": {
    operands: ["NAME"],
    flags: ["accept"],
    help: "the identity key of a user, checked against the log",
  },
  verify: {
    operands: ["USER"],
    flags: ["yes"],
    help: "the safety number to compare; --yes notes that it agrees",
  },
  "create-group": {
    operands: ["NAME", "[USER…]"],
    flags: [],
    help: "begin a group; NAME stays on this machine",
  },
  invite: { operands: ["GROUP", "USER…"], flags: [], help: "add users to a group" },
  join: { operands: [], flags: [], help: "join what this account was invited to" },
  send: {
    operands: ["TO", "TEXT…"],
    flags: ["all"],
    help: "send a text to a user or a group (--all: to a group)",
  },
  recv: {
    operands: [],
    flags: ["stream"],
    help: "what came in; --stream goes on until Ctrl-C",
  },
  history: {
    operands: ["TO"],
    flags: ["limit"],
    help: "the last messages (--limit N, default 20)",
  },
  export: { operands: ["TO", "FILE"], flags: [], help: "write an encrypted transcript" },
  transcript: {
    operands: ["FILE"],
    flags: [],
    help: "read what export has written, without store and server",
  },
  devices: {
    operands: ["list|add|rm", "[NAME or ID]"],
    flags: [],
    help: "the devices of the account",
  },
  recovery: {
    operands: ["setup|restore"],
    flags: [],
    help: "make recovery codes, or a store from one of them",
  },
} as const satisfies Readonly<Record<string, TalkShape>>;

export type TalkName = keyof typeof TALK;
