// What one payload of an inbox leads to. Everything is decided before anything is stored; then state,
// message and cursor are stored in one transaction (spec/client/client.md, Receiving).

import { ENVELOPE_VERSION, openEnvelope } from "../../crypto/hybrid/envelope.ts";
import { HybridError } from "../../crypto/hybrid/error.ts";
import { MlsError, type MlsFault } from "../../crypto/mls/group-member.ts";
import type { Operation } from "../../storage/sql/statement.ts";
import { ClientFault, type FaultKind } from "../faults.ts";
import { dropHeld, held } from "../store/held.ts";
import { setCursor } from "../store/inboxes.ts";
import { type Context, read, write } from "./context.ts";
import { groupStep } from "./group-message.ts";
import { addFault } from "./news.ts";
import { type CatchUp, refused, type Step } from "./step.ts";
import { welcomeStep } from "./welcomes.ts";

export interface Arrived {
  /** Empty for the default inbox. */
  readonly channelId: Uint8Array;
  readonly seq: bigint;
  readonly data: Uint8Array;
}

/** take processes one message of an inbox to its end. What it throws has changed nothing. */
export async function take(context: Context, arrived: Arrived, catchUp: CatchUp): Promise<void> {
  const step = await decide(context, arrived.data, (payload) => stepOf(context, payload, catchUp));
  await carryOut(context, step, arrived, () => setCursor(arrived.channelId, arrived.seq));
  if (step.newEpoch && step.group) await takeHeld(context, step.group.member.groupId);
}

/** takeHeld tries the held messages of a group again, each once in the epoch that it belongs to. */
async function takeHeld(context: Context, groupId: Uint8Array): Promise<void> {
  for (;;) {
    const group = await context.groups.find(groupId);
    const waiting = await read(context, held(groupId));
    const next = waiting.find(({ epoch }) => group && epoch <= group.member.epoch);
    if (next === undefined) return;
    const step = await decide(context, next.payload, (payload) => groupStep(context, payload));
    await carryOut(context, step, { data: next.payload }, () => dropHeld(next.id));
  }
}

async function stepOf(context: Context, payload: Uint8Array, catchUp: CatchUp): Promise<Step> {
  const { kind } = context.mls.peek(payload);
  return kind === "welcome" ? welcomeStep(context, payload, catchUp) : groupStep(context, payload);
}

async function decide(
  context: Context,
  data: Uint8Array,
  step: (payload: Uint8Array) => Promise<Step>,
): Promise<Step> {
  try {
    return await step(opened(context, data));
  } catch (error) {
    return refused(faultOf(error));
  }
}

function opened(context: Context, data: Uint8Array): Uint8Array {
  if (data[0] !== ENVELOPE_VERSION) return data;
  const { hybridKey } = context.account();
  if (hybridKey === undefined) {
    throw new ClientFault("envelope", "an envelope for somebody who has no hybrid key");
  }
  return openEnvelope(hybridKey, data, { backend: context.backend });
}

async function carryOut(
  context: Context,
  step: Step,
  { data, ...origin }: Partial<Arrived> & Pick<Arrived, "data">,
  done: () => Operation<void>,
): Promise<void> {
  await write(context, function* () {
    yield* step.store();
    yield* done();
  });
  if (step.group) context.groups.remember(step.group);
  // Whoever was absent may have been added again; the server will tell.
  if (step.group && step.newEpoch) context.absent.set(step.group.conversationId, []);
  step.stored?.();
  const { channelId, seq } = origin;
  if (step.fault) return addFault(context.news, { fault: step.fault, channelId, seq });
  context.trace({
    ...{ kind: "received", what: step.what, channelId, seq, bytes: data.length },
    ...{ enveloped: data[0] === ENVELOPE_VERSION, sender: step.sender, epoch: step.epoch },
  });
}

/** faultOf names what was wrong with a payload. It throws everything that is no fault of the payload. */
function faultOf(error: unknown): ClientFault {
  if (error instanceof ClientFault) return error;
  if (error instanceof HybridError) {
    return new ClientFault("envelope", "the envelope does not open", { cause: error });
  }
  if (error instanceof MlsError) {
    return new ClientFault(FAULT_OF_MLS[error.fault], error.message, { cause: error });
  }
  throw error;
}

const FAULT_OF_MLS: Readonly<Record<MlsFault, FaultKind>> = {
  malformed: "malformed",
  ciphersuite: "malformed",
  credential: "invalid-commit",
  lifetime: "invalid-commit",
  signature: "invalid-commit",
  welcome: "welcome",
  "wrong-group": "unknown-group",
  "past-epoch": "past-epoch",
  "future-epoch": "future-epoch",
  replayed: "replayed",
  undecryptable: "undecryptable",
  "not-a-member": "past-epoch",
  "invalid-commit": "invalid-commit",
  "group-info": "malformed",
};
