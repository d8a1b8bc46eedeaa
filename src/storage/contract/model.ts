// Contract of delivery as a whole: random calls against a model that is small enough to be believed.
// Spec: services/delivery.md; C-106, I-01 to I-05.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { InboxFull, type Outgoing, type Stores } from "../stores.ts";
import {
  type Backend,
  bytes,
  device,
  key,
  LATER,
  NO_DEVICE,
  NOW,
  signUp,
  withStores,
} from "./harness.ts";

const LIMITS = { inboxMessages: 6, inboxBytes: 300 };

/** The views of the inbox under test; the first is the unscoped one. */
const VIEWS = [NO_DEVICE, device(1), device(2)];

interface Kept {
  readonly seq: bigint;
  readonly size: number;
  readonly expiresAt: number;
}

/**
 * Model is one inbox without storage: living messages, cursors, message_ids. Nothing dead is kept. A
 * view without a cursor is a device that is not registered.
 */
interface Model {
  now: number;
  lastSeq: bigint;
  floor: bigint;
  messages: Kept[];
  cursors: (bigint | undefined)[];
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
  | { readonly call: "register"; readonly view: number }
  | { readonly call: "revoke"; readonly view: number }
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
    test("random enqueues, acks, views, waits and sweeps, while devices come and go", () =>
      withStores(
        backend,
        async (stores) => {
          const property = fc.asyncProperty(
            fc.array(anyCall, { maxLength: 60, size: "max" }),
            (calls) => follow(stores, calls),
          );
          // The statements are the same everywhere; where each commit waits for a disk, fewer runs do.
          await fc.assert(property, { numRuns: backend.persistent ? 20 : 60 });
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
const anyDevice = fc.integer({ min: 1, max: VIEWS.length - 1 });
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
  fc.record({ call: fc.constant("register" as const), view: anyDevice }),
  fc.record({ call: fc.constant("revoke" as const), view: anyDevice }),
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
  await signUp(stores, to.recipient);
  const model: Model = {
    now: NOW,
    lastSeq: 0n,
    floor: 0n,
    messages: [],
    cursors: VIEWS.map((_, view) => (view === 0 ? 0n : undefined)),
    ids: new Map(),
  };
  const compare = async (view: number, limit: number, maxBytes: number) => {
    const bounds = { limit, maxBytes, now: model.now };
    const shown = await stores.deliveries.view(to, VIEWS[view] ?? NO_DEVICE, bounds);
    assert.deepEqual(
      shown?.map(({ seq, data }) => ({ seq, size: data.length })),
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
      const known = await stores.deliveries.ack(to, VIEWS[call.view] ?? NO_DEVICE, call.seq);
      assert.equal(known, modelAck(model, call.view, call.seq));
    } else if (call.call === "register") {
      await register(stores, to.recipient, VIEWS[call.view] ?? NO_DEVICE);
      model.cursors[call.view] ??= model.floor;
    } else if (call.call === "revoke") {
      const known = await stores.devices.revoke(to.recipient, VIEWS[call.view] ?? NO_DEVICE);
      assert.equal(known, modelRevoke(model, call.view));
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

async function register(stores: Stores, identityKey: Uint8Array, deviceId: Uint8Array) {
  const tokenHash = new Uint8Array(randomBytes(32));
  const session = { tokenHash, identityKey, deviceId: NO_DEVICE, expiresAt: LATER };
  await stores.sessions.create(session, NOW);
  const outcome = await stores.devices.register(tokenHash, { deviceId, name: "" }, 5, NOW);
  assert.equal(outcome, "registered");
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
    const acknowledged =
      oldest !== undefined && model.cursors.some((seq) => seq !== undefined && seq >= oldest.seq);
    if (!acknowledged) return false;
    model.messages.shift();
  }
  return true;
}

function modelAck(model: Model, view: number, seq: bigint): boolean {
  const cursor = model.cursors[view];
  if (cursor === undefined) return false;
  const reached = seq < model.lastSeq ? seq : model.lastSeq;
  if (reached > cursor) model.cursors[view] = reached;
  raiseFloor(model);
  return true;
}

function modelRevoke(model: Model, view: number): boolean {
  const known = model.cursors[view] !== undefined;
  model.cursors[view] = undefined;
  raiseFloor(model);
  return known;
}

/** raiseFloor follows the lowest registered device, or the unscoped view where there is none (I-04). */
function raiseFloor(model: Model): void {
  const [unscoped = 0n, ...others] = model.cursors;
  const devices = others.filter((cursor) => cursor !== undefined);
  const [lowest = unscoped] = devices.toSorted((a, b) => (a < b ? -1 : 1));
  if (lowest > model.floor) model.floor = lowest;
}

/** living leaves out what has expired and what lies at or below the floor. */
function living({ messages, now, floor }: Model): Kept[] {
  return messages.filter((kept) => kept.expiresAt > now && kept.seq > floor);
}

function modelView(model: Model, view: number, limit: number, maxBytes: number) {
  const cursor = model.cursors[view];
  if (cursor === undefined) return undefined;
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
