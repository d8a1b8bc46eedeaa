// Mutants of src/services/delivery.ts and src/services/waits.ts: enqueue, idempotency, reads, waits.

import type { Mutant } from "./mutant.ts";

const DELIVERY = "src/services/delivery.ts";
const POSTING = "src/services/posting.ts";
const ACCESS = "src/services/channel-access.ts";
const WAITS = "src/services/waits.ts";
const SERVE = "src/rpc/serve.ts";
const RUN = "src/server/run.ts";

const MEMBERS_OF = "async demandMembers(channelId, sender, recipients) {";
const POST = "const sender = senderOf(call);";
const OUTGOING = "const message = { recipient, channelId, payload, expiresAt: now + ttlMs };";
const WITHOUT_ID = "if (messageId.length === 0) return proved;";
const DEDUP_SCOPE = "const parts = [scopeOf(sender), inbox.recipient, messageId, inbox.channelId];";
const LIMIT = "limit: limit === 0 ? LIMITS.fetchDefault.value : limit,";
const MAX_BYTES = "maxBytes: LIMITS.framePayload.value,";
const FETCHED = "return { payloads: [...payloads] };\n  }";
const WAITED = 'if (payloads.length > 0 || wake !== "signal") return { payloads: [...payloads] };';
const SIGNAL = 'for (const wake of waiting.get(inboxKey(inbox)) ?? []) wake("signal");';

const ENQUEUE: readonly Mutant[] = [
  {
    id: "delivery.batch.any-bytes",
    file: POSTING,
    find: "const fits = recipients.length * message.payload.length <= LIMITS.batchBytes.value;",
    replace: "const fits = recipients.length > 0;",
    kills: ["delivery.batch-enqueue.68-megabytes"],
  },
  {
    id: "delivery.payload.as-c-string",
    file: POSTING,
    find: OUTGOING,
    replace: `const [text = ""] = Buffer.from(payload).toString().split("\\0");
  const message = { recipient, channelId, payload: Buffer.from(text), expiresAt: now + ttlMs };`,
    kills: [
      "delivery.payload.zero-byte",
      "delivery.payload.all-bytes",
      "delivery.payload.request-frame",
      "delivery.payload.session-trailer",
      "delivery.payload.invalid-utf8",
      "delivery.payload.64-kib",
      "delivery.payload.1-mib",
      "delivery.enqueue.round-trip",
    ],
  },
  {
    id: "delivery.payload.four-mb",
    file: POSTING,
    find: POST,
    replace: `if (message.payload.length > 4_000_000) {
      throw new RpcError(Status.BadRequest, "framing.payload-limit");
    }
    ${POST}`,
    kills: ["delivery.payload.largest"],
  },
  {
    id: "delivery.recipient.must-be-known",
    file: POSTING,
    find: POST,
    replace: `${POST}
    const seen = (globalThis as { seen?: Set<string> }).seen ?? new Set();
    (globalThis as { seen?: Set<string> }).seen = seen.add(sender?.join() ?? "");
    for (const key of recipients) {
      if (!seen.has(key.join())) throw new RpcError(Status.Forbidden, "delivery.own-inbox");
    }`,
    kills: ["delivery.enqueue.unregistered-recipient"],
  },
  {
    id: "delivery.channel.default-unknown",
    file: ACCESS,
    find: MEMBERS_OF,
    replace: `${MEMBERS_OF}
      await standingsOf(channelId, []);`,
    kills: [
      "delivery.default-channel.strangers",
      "delivery.default-channel.to-self",
      "delivery.messages.empty-fields",
    ],
  },
  {
    id: "delivery.channel.posts-unchecked",
    file: ACCESS,
    find: "const standings = await standingsOf(channelId, keys);",
    replace: "const standings = [];",
    kills: ["delivery.enqueue.unknown-channel", "delivery.batch-enqueue.unknown-channel"],
  },
  {
    id: "delivery.channel.reads-unchecked",
    file: ACCESS,
    find: "const [standing] = await standingsOf(channelId, [recipient]);",
    replace: 'const standing = "member";',
    kills: [
      "delivery.fetch.unknown-channel",
      "delivery.fetch-wait.unknown-channel",
      "delivery.peek.unknown-channel",
      "delivery.ack.unknown-channel",
    ],
  },
  {
    id: "delivery.ttl.in-minutes",
    file: POSTING,
    find: "const ttlMs = Math.min(asked, LIMITS.ttlMaximum.value) * 1000;",
    replace: "const ttlMs = Math.min(asked, LIMITS.ttlMaximum.value) * 60_000;",
    kills: [
      "delivery.ttl.expires",
      "delivery.ttl.one-second",
      "delivery.ttl.default",
      "delivery.ttl.clamped",
    ],
  },
  {
    id: "delivery.batch.first-recipient-only",
    file: DELIVERY,
    find: "await post(request.recipientKeys, request, call);",
    replace: "await post(request.recipientKeys.slice(0, 1), request, call);",
    kills: [
      "delivery.batch-enqueue.fan-out",
      "delivery.batch-enqueue.100-recipients",
      "delivery.batch-enqueue.1000-recipients",
      "delivery.messages.batch-enqueue",
    ],
  },
  {
    id: "delivery.batch.seqs-reversed",
    file: DELIVERY,
    find: "return { seqs: stored.map(({ seq }) => seq) };",
    replace: "return { seqs: stored.map(({ seq }) => seq).reverse() };",
    kills: ["delivery.batch-enqueue.request-order"],
  },
  {
    id: "delivery.restart.in-memory",
    file: RUN,
    find: 'backend === "memory" ? { backend } : { backend, path, blobs }',
    replace: '{ backend: "memory" }',
    kills: ["delivery.restart.keeps-all"],
  },
];

const IDEMPOTENCY: readonly Mutant[] = [
  {
    id: "delivery.dedup.none",
    file: POSTING,
    find: WITHOUT_ID,
    replace: "if (messageId.length >= 0) return proved;",
    kills: [
      "delivery.dedup.immediate",
      "delivery.dedup.ten-at-once",
      "delivery.dedup.after-ack",
      "delivery.dedup.zero-id",
      "delivery.dedup.other-payload",
      "delivery.dedup.other-connection",
      "delivery.seq.duplicate-uses-none",
      "delivery.messages.enqueue",
      "delivery.batch-enqueue.same-recipient-twice-with-id",
      "delivery.batch-enqueue.one-has-it",
      "delivery.batch-enqueue.retried",
    ],
  },
  {
    id: "delivery.dedup.empty-id-counts",
    file: POSTING,
    find: WITHOUT_ID,
    replace: "",
    kills: [
      "delivery.dedup.no-id",
      "delivery.messages.empty-fields",
      "delivery.batch-enqueue.same-recipient-twice",
    ],
  },
  {
    id: "delivery.dedup.id-cut",
    file: POSTING,
    find: DEDUP_SCOPE,
    replace: "const parts = [scopeOf(sender), inbox.recipient, messageId.subarray(0, 15)];",
    kills: ["delivery.dedup.last-bit"],
  },
  {
    id: "delivery.dedup.any-sender",
    file: POSTING,
    find: DEDUP_SCOPE,
    replace: "const parts = [inbox.recipient, messageId, inbox.channelId];",
    kills: ["delivery.dedup.other-sender", "delivery.sealed-sender.message-id"],
  },
  {
    id: "delivery.dedup.any-recipient",
    file: POSTING,
    find: "const stored = await store(batch, now);",
    replace: `const first = (globalThis as { first?: Map<string, Uint8Array> }).first ?? new Map();
    (globalThis as { first?: Map<string, Uint8Array> }).first = first;
    const id = message.messageId.join();
    if (id !== "" && !first.has(id)) first.set(id, recipients[0]);
    if (id !== "") batch.splice(0, batch.length, ...batch.map(() =>
      outgoing(sender, first.get(id), message, now)));
    const stored = await store(batch, now);`,
    kills: [
      "delivery.dedup.other-recipient",
      "delivery.batch-enqueue.same-recipient-twice-with-id",
      "delivery.batch-enqueue.retried",
    ],
  },
  {
    id: "delivery.dedup.window-is-ttl",
    file: POSTING,
    find: "const until = now + Math.max(ttlMs, LIMITS.dedupWindow.value);",
    replace: "const until = now + ttlMs;",
    kills: ["delivery.dedup.window"],
  },
];

const READS: readonly Mutant[] = [
  {
    id: "delivery.fetch.drains",
    file: DELIVERY,
    find: FETCHED,
    replace: `await deliveries.ack(inbox, request.deviceId, payloads.at(-1)?.seq ?? 0n);
    ${FETCHED}`,
    kills: [
      "delivery.fetch.twice",
      "delivery.fetch.two-devices",
      "delivery.peek.changes-nothing",
      "delivery.peek.same-as-fetch",
    ],
  },
  {
    id: "delivery.fetch-wait.drains",
    file: DELIVERY,
    find: WAITED,
    replace: `await deliveries.ack(inbox, request.deviceId, payloads.at(-1)?.seq ?? 0n);
        ${WAITED}`,
    kills: ["delivery.fetch-wait.twice"],
  },
  {
    id: "delivery.fetch.empty-is-not-found",
    file: DELIVERY,
    find: FETCHED,
    replace: `demand(payloads.length > 0, Status.NotFound, "delivery.channel-unknown");
    ${FETCHED}`,
    kills: [
      "delivery.fetch.empty-queue",
      "delivery.peek.empty-queue",
      "delivery.seq.from-one",
      "delivery.ack.last",
    ],
  },
  {
    id: "delivery.limit.ignored",
    file: DELIVERY,
    find: LIMIT,
    replace: "limit: LIMITS.fetchDefault.value + 0 * limit,",
    kills: [
      "delivery.fetch.limit-above-default",
      ...["fetch", "fetch-wait", "peek"].flatMap((name) => [
        `delivery.${name}.limit-1`,
        `delivery.${name}.limit-3`,
        `delivery.messages.${name}`,
      ]),
    ],
  },
  {
    id: "delivery.limit.zero-is-none",
    file: DELIVERY,
    find: LIMIT,
    replace: "limit,",
    kills: [
      "delivery.fetch.limit-default",
      "delivery.fetch-wait.limit-default",
      "delivery.peek.limit-default",
    ],
  },
  {
    id: "delivery.prefix.no-cap",
    file: DELIVERY,
    find: MAX_BYTES,
    replace: "maxBytes: 2 ** 40,",
    kills: ["delivery.fetch.large-before-small", "delivery.fetch.frame-overfilled"],
  },
  {
    id: "delivery.prefix.cap-less-one",
    file: DELIVERY,
    find: MAX_BYTES,
    replace: "maxBytes: LIMITS.framePayload.value - 1,",
    kills: ["delivery.fetch.frame-filled"],
  },
];

const WAITING: readonly Mutant[] = [
  {
    id: "delivery.wait.never-woken",
    file: POSTING,
    find: "waits.signal(entry);",
    replace: "",
    kills: [
      "delivery.fetch-wait.wakes",
      "delivery.fetch-wait.batch-wakes",
      "delivery.fetch-wait.all-waiters",
      "events.new-message.beside-fetch-wait",
    ],
  },
  {
    id: "delivery.wait.late-registration",
    file: WAITS,
    find: "waiting.set(key, wakers.add(wake));",
    replace: "setTimeout(() => waiting.set(key, wakers.add(wake)), 3);",
    kills: ["delivery.fetch-wait.starts-in-a-race"],
  },
  {
    id: "delivery.wait.one-waiter-woken",
    file: WAITS,
    find: SIGNAL,
    replace: `for (const wake of [...(waiting.get(inboxKey(inbox)) ?? [])].slice(0, 1)) wake("signal");`,
    kills: ["delivery.fetch-wait.all-waiters", "delivery.fetch-wait.blocks-nothing"],
  },
  {
    id: "delivery.wait.ended-by-anything",
    file: WAITS,
    find: SIGNAL,
    replace: `for (const wakers of inbox ? waiting.values() : []) for (const wake of wakers) wake("timeout");`,
    kills: ["delivery.fetch-wait.holds"],
  },
  {
    id: "delivery.wait.timeout-is-an-error",
    file: DELIVERY,
    find: WAITED,
    replace: `const late = payloads.length === 0 && wake === "timeout";
        demand(!late, Status.DeadlineExceeded, "limits.rpc-timeout");
        ${WAITED}`,
    kills: [
      "delivery.fetch-wait.timeout",
      "delivery.fetch-wait.zero-empty",
      "delivery.fetch-wait.empty-queue",
    ],
  },
  {
    id: "delivery.wait.fills-the-limit",
    file: DELIVERY,
    find: WAITED,
    replace: `if (payloads.length >= (request.limit || 3) || wake !== "signal") {
          return { payloads: [...payloads] };
        }`,
    kills: ["delivery.fetch-wait.message-ready"],
  },
  {
    id: "delivery.wait.no-cap",
    file: DELIVERY,
    find: "const cap = BigInt(limits.waitMs);",
    replace: "const cap = 30_000n + 0n * BigInt(limits.waitMs);",
    kills: ["delivery.fetch-wait.cap"],
  },
  {
    id: "delivery.wait.outlives-the-drain",
    file: WAITS,
    find: 'for (const wakers of waiting.values()) for (const wake of wakers) wake("drain");',
    replace: "",
    kills: ["delivery.fetch-wait.drain"],
  },
  {
    id: "delivery.wait.cancel-logs-out",
    file: SERVE,
    find: "// The stream or the connection is gone; there is nobody left to tell.",
    replace: "connection.binding = undefined;",
    kills: ["delivery.fetch-wait.stop-sending", "delivery.fetch-wait.reset"],
  },
  {
    id: "delivery.wait.lost-connection-is-fatal",
    file: SERVE,
    find: "// The stream or the connection is gone; there is nobody left to tell.",
    replace: "process.exit(3);",
    kills: ["delivery.fetch-wait.connection-lost"],
    by: "crash",
  },
];

export const DELIVERY_MUTANTS: readonly Mutant[] = [
  ...ENQUEUE,
  ...IDEMPOTENCY,
  ...READS,
  ...WAITING,
];
