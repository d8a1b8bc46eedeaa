// An SDK behind its adapter, for parts of the run where several SDKs meet.

import { stdioChannel } from "../adapter/channel.ts";
import { isDeclared, type Json, show } from "../adapter/protocol.ts";
import { openSession } from "../adapter/session.ts";
import { SPEC_VERSION, SUITE_VERSION } from "../report/results.ts";
import type { ClientPeer } from "./peers.ts";

export interface Party {
  readonly name: string;
  has(...ops: readonly string[]): boolean;
  /** ask answers the fields of a good reply. Throws Refused for any other. */
  ask(op: string, args: Json): Promise<Json>;
  end(): Promise<void>;
}

/** Refused is what an SDK answered in place of a good reply; `errorClass` is empty for a loss. */
export class Refused extends Error {
  override name = "Refused";
  readonly errorClass: string;
  constructor(errorClass: string, message: string) {
    super(message);
    this.errorClass = errorClass;
  }
}

const ASK_MS = 60_000;

/** openParty starts an adapter. Throws SubjectUnusable. */
export async function openParty({ name, command }: ClientPeer): Promise<Party> {
  const versions = { suite: SUITE_VERSION, spec: SPEC_VERSION };
  const session = await openSession(stdioChannel(command), { ...versions, timeout: ASK_MS });
  return {
    name,
    has: (...ops) => ops.every((op) => isDeclared(session.hello, op)),
    async ask(op, args) {
      const asked = await session.ask(op, args, "interop");
      if (!("reply" in asked)) throw new Refused("", `${name}: ${op}: the adapter was lost`);
      const { reply } = asked;
      if ("ok" in reply) return reply.ok;
      const errorClass = "err" in reply ? reply.err.class : "";
      throw new Refused(errorClass, `${name}: ${op}: ${show(reply)}`);
    },
    async end() {
      await session.end();
    },
  };
}
