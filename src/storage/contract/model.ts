// Contract of delivery as a whole: random calls against a model that is small enough to be believed.
// Spec: services/delivery.md; C-106, I-01 to I-05.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InboxFull, type Outgoing, type Stores } from "../stores.ts";
import { type Backend, bytes, device, key, NO_DEVICE, NOW, withStores } from "./harness.ts";

const LIMITS = { inboxMessages: 6, inboxBytes: 300 };

/** The views of the inbox under test; the first is the unscoped one. */
const VIEWS = [NO_DEVICE, device(1), device(2)];

interface Kept {
  readonly seq: bigint;
  readonly size: number;
  readonly expiresAt: number;
}

/** Model is one inbox without storage: living messages, cursors, message_ids. Nothing dead is kept. */
interface Model {
  now: number;
  lastSeq: bigint;
  messages: Kept[];
  cursors: bigint[];
  ids: Map<number, { seq: bigint; until: number }>;
}

interface NewMessage {
  readonly size: number;
  readonly ttl: number;
  readonly id: number | undefined;
}

type Call =
  | { readonly call: "enqueue"; readonly batch: readonly NewMessage[] }
  | { readonly call: "ack"; readonly view: number; readonly seq: bigint }
  | {
      readonly call: "view";
      readonly view: number;
      readonly limit: number;
      readonly maxBytes: number;
    }
  | { readonly call: "wait"; readonly ms: number }
  | { readonly call: "sweep"; readonly batch: number };

export function modelContract(backend: Backend): void {
  describe("model", () => {
    test("random enqueues, acks, views, waits and sweeps", () =>
      withStores(
        backend,
        async (stores) => {
          const property = fc.asyncProperty(
            fc.array(anyCall, { maxLength: 60, size: "max" }),
            (calls) => follow(stores, calls),
          );
          await fc.assert(property, { numRuns: 60 });
        },
        LIMITS,
      ));
  });
}

const anyMessage = fc.record({
  size: fc.integer({ min: 1, max: 120 }),
  ttl: fc.integer({ min: 1, max: 60 }),
  id: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});
const anyView = fc.nat({ max: VIEWS.length - 1 });
const anySeq = fc.oneof(fc.bigInt({ min: 0n, max: 30n }), fc.constant(2n ** 64n - 1n));

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant("enqueue" as const),
      batch: fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constant("ack" as const), view: anyView, seq: anySeq }),
  },
  fc.record({
    call: fc.constant("view" as const),
    view: anyView,
    limit: fc.integer({ min: 1, max: 8 }),
    maxBytes: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({ call: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ call: fc.constant("sweep" as const), batch: fc.integer({ min: 1, max: 4 }) }),
);

/** follow makes the calls on a fresh inbox of the shared stores, and after each compares all views. */
async function follow(stores: Stores, calls: readonly Call[]): Promise<void> {
  const to = { recipient: new Uint8Array(randomBytes(32)), channelId: new Uint8Array(0) };
  const model: Model = {
    now: NOW,
    lastSeq: 0n,
    messages: [],
    cursors: VIEWS.map(() => 0n),
    ids: new Map(),
  };
  const compare = async (view: number, limit: number, maxBytes: number) => {
    const bounds = { limit, maxBytes, now: model.now };
    const shown = await stores.deliveries.view(to, VIEWS[view] ?? NO_DEVICE, bounds);
    assert.deepEqual(
      shown.map(({ seq, data }) => ({ seq, size: data.length })),
      modelView(model, view, limit, maxBytes),
    );
  };

  for (const call of calls) {
    if (call.call === "enqueue") {
      const batch = call.batch.map((message) => outgoing(message, to, model.now));
      const expected = modelEnqueue(model, call.batch);
      const answer = stores.deliveries.enqueue(batch, model.now);
      if (expected === "full") await assert.rejects(answer, InboxFull);
      else assert.deepEqual(await answer, expected);
    } else if (call.call === "ack") {
      await stores.deliveries.ack(to, VIEWS[call.view] ?? NO_DEVICE, call.seq);
      modelAck(model, call.view, call.seq);
    } else if (call.call === "view") {
      await compare(call.view, call.limit, call.maxBytes);
    } else if (call.call === "wait") {
      model.now += call.ms;
    } else {
      await stores.sweep(model.now, call.batch);
    }
    for (const view of VIEWS.keys()) await compare(view, 1_000, 1_000_000);
  }
}

function outgoing(
  message: NewMessage,
  to: Pick<Outgoing, "recipient" | "channelId">,
  now: number,
): Outgoing {
  const plain = { ...to, payload: bytes(message.size, 1), expiresAt: now + message.ttl };
  if (message.id === undefined) return plain;
  return { ...plain, dedup: { hash: key(message.id), until: windowOf(message, now) } };
}

/** Longer than the message lives, as the service makes it. */
const windowOf = (message: NewMessage, now: number) => now + message.ttl + 20;

function modelEnqueue(model: Model, batch: readonly NewMessage[]) {
  const draft = { ...model, messages: living(model), ids: new Map(model.ids) };
  const answers: { seq: bigint; duplicate: boolean }[] = [];
  for (const message of batch) {
    const copy = message.id === undefined ? undefined : draft.ids.get(message.id);
    if (copy !== undefined && copy.until > draft.now) {
      answers.push({ seq: copy.seq, duplicate: true });
      continue;
    }
    if (!modelMakeRoom(draft, message.size)) return "full";
    draft.lastSeq += 1n;
    const seq = draft.lastSeq;
    draft.messages.push({ seq, size: message.size, expiresAt: draft.now + message.ttl });
    if (message.id !== undefined) {
      draft.ids.set(message.id, { seq, until: windowOf(message, draft.now) });
    }
    answers.push({ seq, duplicate: false });
    draft.messages = living(draft);
  }
  Object.assign(model, draft);
  return answers;
}

function modelMakeRoom(model: Model, size: number): boolean {
  const bytesKept = () => model.messages.reduce((sum, kept) => sum + kept.size, 0);
  while (
    model.messages.length + 1 > LIMITS.inboxMessages ||
    bytesKept() + size > LIMITS.inboxBytes
  ) {
    const oldest = model.messages[0];
    const acknowledged = oldest !== undefined && model.cursors.some((seq) => seq >= oldest.seq);
    if (!acknowledged) return false;
    model.messages.shift();
  }
  return true;
}

function modelAck(model: Model, view: number, seq: bigint): void {
  const reached = seq < model.lastSeq ? seq : model.lastSeq;
  if (reached > (model.cursors[view] ?? 0n)) model.cursors[view] = reached;
}

/** living leaves out what has expired and, as no device is registered, what the unscoped view has acknowledged. */
function living(model: Model): Kept[] {
  const floor = model.cursors[0] ?? 0n;
  return model.messages.filter((kept) => kept.expiresAt > model.now && kept.seq > floor);
}

function modelView(model: Model, view: number, limit: number, maxBytes: number) {
  const cursor = model.cursors[view] ?? 0n;
  const visible = living(model).filter((kept) => kept.seq > cursor);
  const shown: { seq: bigint; size: number }[] = [];
  let total = 0;
  for (const { seq, size } of visible) {
    // Every length and seq here is below 128, so each envelope is 6 bytes around its payload.
    total += size + 6;
    if (shown.length === limit || (shown.length > 0 && total > maxBytes)) break;
    shown.push({ seq, size });
  }
  return shown;
}
