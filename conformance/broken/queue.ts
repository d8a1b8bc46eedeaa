// Mutants of the queues in storage (src/storage/sql), of field checks and of access to inboxes.

import type { Mutant } from "./mutant.ts";

const DELIVERIES = "src/storage/sql/deliveries.ts";
const INBOXES = "src/storage/sql/inboxes.ts";
const VIEWS = "src/storage/sql/views.ts";
const FIELDS = "src/rpc/fields.ts";
const ACCESS = "src/rpc/access.ts";
const CREDENTIALS = "src/rpc/credentials.ts";

const NEXT_SEQ = "inbox.lastSeq += 1n;";
const ACK_TARGET = "const target = seqUpTo < position.lastSeq ? seqUpTo : position.lastSeq;";
const FRESH = "answers.push({ seq: inbox.lastSeq, duplicate: false, ...receiptOf(message) });";

const READERS = ["fetch", "fetch-wait", "peek", "ack"];
const POSTS = ["enqueue", "batch-enqueue"];
const METHODS = [...POSTS, ...READERS];

/** cases spells the cases of several methods: delivery.<method>.<slug>. */
function cases(methods: readonly string[], ...slugs: readonly string[]): [string, ...string[]] {
  const all = methods.flatMap((method) => slugs.map((slug) => `delivery.${method}.${slug}`));
  return all as [string, ...string[]];
}

const SEQ: readonly Mutant[] = [
  {
    id: "delivery.seq.steps-of-two",
    file: DELIVERIES,
    find: NEXT_SEQ,
    replace: "inbox.lastSeq += 2n;",
    kills: [
      "delivery.seq.from-one",
      "delivery.seq.refused-uses-none",
      "delivery.seq.duplicate-uses-none",
      "delivery.seq.fifty-at-once",
    ],
  },
  {
    id: "delivery.seq.global-counter",
    file: DELIVERIES,
    find: NEXT_SEQ,
    replace: `const all = globalThis as { lastSeq?: bigint };
  all.lastSeq = (all.lastSeq ?? 0n) + 1n;
  inbox.lastSeq = all.lastSeq;`,
    kills: ["delivery.seq.own-counter"],
  },
  {
    id: "delivery.seq.restarts-when-empty",
    file: DELIVERIES,
    find: NEXT_SEQ,
    replace: "inbox.lastSeq = inbox.floor === inbox.lastSeq ? 1n : inbox.lastSeq + 1n;",
    kills: ["delivery.seq.after-empty", "delivery.restart.keeps-all"],
  },
  {
    id: "delivery.seq.answered-one-less",
    file: DELIVERIES,
    find: FRESH,
    replace: "answers.push({ seq: inbox.lastSeq - 1n, duplicate: false });",
    kills: [
      "delivery.seq.increasing",
      "delivery.enqueue.round-trip",
      "events.queue-remains.after-event",
    ],
  },
  {
    id: "delivery.fetch.newest-first",
    file: DELIVERIES,
    find: "AND seq <= ? AND expires_at > ? ORDER BY seq",
    replace: "AND seq <= ? AND expires_at > ? ORDER BY seq DESC",
    kills: [
      "delivery.fetch.in-order",
      "delivery.fetch.senders-interleaved",
      "delivery.fetch.page-by-page",
      "delivery.fetch.two-consumers",
      "delivery.seq.fifty-at-once",
      "delivery.ack.while-enqueuing",
    ],
  },
  {
    id: "delivery.fetch.newest-missing",
    file: DELIVERIES,
    find: "const last = lastThatFits(sizes, bounds.maxBytes);",
    replace: "const last = lastThatFits(sizes.slice(0, -1), bounds.maxBytes);",
    kills: [
      "delivery.enqueue.next-fetch",
      "delivery.enqueue.recipient-offline",
      "delivery.fetch.limit-above-queue",
      "delivery.fetch-wait.zero-queued",
      "delivery.fetch-wait.wakes",
    ],
  },
  {
    id: "delivery.dedup.stored-again",
    file: DELIVERIES,
    find: "answers.push({ ...first, duplicate: true });",
    replace: `yield* store(inbox, message);
      changed.add(inbox);
      answers.push({ ...first, duplicate: true });`,
    kills: [
      "delivery.dedup.immediate",
      "delivery.dedup.after-expiry",
      "delivery.batch-enqueue.retried",
    ],
  },
];

const ACK: readonly Mutant[] = [
  {
    id: "delivery.ack.everything",
    file: VIEWS,
    find: ACK_TARGET,
    replace: "const target = position.lastSeq + 0n * seqUpTo;",
    kills: [
      "delivery.ack.cumulative",
      "delivery.fetch.page-by-page",
      "delivery.ack.zero",
      "delivery.ack.lower",
      "delivery.ack.repeated",
      "delivery.ack.while-enqueuing",
      "delivery.messages.ack",
    ],
  },
  {
    id: "delivery.ack.unbounded",
    file: VIEWS,
    find: ACK_TARGET,
    replace: "const target = seqUpTo < 2n ** 62n ? seqUpTo : 2n ** 62n;",
    kills: [
      "delivery.ack.beyond-highest",
      "delivery.ack.sign-bit",
      "delivery.ack.max-uint64",
      "device.view.extreme-acks",
    ],
  },
  {
    id: "delivery.ack.needs-an-inbox",
    file: VIEWS,
    find: "if (position === undefined) return true;",
    replace: 'if (position === undefined) throw new Error("no such inbox");',
    kills: ["delivery.ack.empty-inbox"],
  },
  {
    id: "delivery.ack.moves-every-floor",
    file: VIEWS,
    find: '"UPDATE inboxes SET floor = ? WHERE id = ? AND floor < ?",',
    replace: '"UPDATE inboxes SET floor = ? WHERE id >= 0 * ? AND floor < ?",',
    kills: ["delivery.ack.other-inbox"],
  },
  {
    id: "delivery.inbox-cap.no-count",
    file: INBOXES,
    find: "inbox.messages + 1 <= limits.inboxMessages &&",
    replace: "",
    kills: ["delivery.inbox-cap.messages"],
  },
  {
    id: "delivery.inbox-cap.no-bytes",
    file: INBOXES,
    find: "&& inbox.bytes + size <= limits.inboxBytes;",
    replace: ";",
    kills: ["delivery.inbox-cap.bytes"],
  },
];

const CHECKS: readonly Mutant[] = [
  {
    id: "delivery.fields.any-length",
    file: FIELDS,
    find: "if (field.lengths.length > 0 && !field.lengths.includes(length)) return false;",
    replace: "",
    kills: [
      ...cases(METHODS, "channel-15-bytes", "channel-17-bytes"),
      ...cases(POSTS, "key-31-bytes", "key-33-bytes"),
      ...cases(POSTS, "message-id-15-bytes", "message-id-17-bytes"),
      ...cases(READERS, "device-15-bytes", "device-17-bytes"),
    ],
  },
  {
    id: "delivery.fields.not-found",
    file: FIELDS,
    find: "demand(held, Status.BadRequest, field.rule,",
    replace: "demand(held, Status.NotFound, field.rule,",
    kills: [...cases(METHODS, "key-0-bytes"), ...cases(READERS, "key-31-bytes", "key-33-bytes")],
  },
  {
    id: "delivery.fields.nothing-required",
    file: FIELDS,
    find: "return !required || byteLength(value) > 0;",
    replace: "return true;",
    kills: cases(POSTS, "empty-payload"),
  },
  {
    id: "delivery.batch.may-be-empty",
    file: FIELDS,
    find: "if (field.required && value.length === 0) return false;",
    replace: "",
    kills: ["delivery.batch-enqueue.no-recipients"],
  },
  {
    id: "delivery.batch.one-good-key-is-enough",
    file: FIELDS,
    find: "return value.every((element) => fits(field, element));",
    replace: "return value.length === 0 || value.some((element) => fits(field, element));",
    kills: ["delivery.batch-enqueue.bad-key-first", "delivery.batch-enqueue.bad-key-last"],
  },
  {
    id: "delivery.batch.any-size",
    file: FIELDS,
    find: "if (field.maxItems > 0 && value.length > field.maxItems) return false;",
    replace: "",
    kills: ["delivery.batch-enqueue.1001-recipients", "delivery.batch-enqueue.too-large-code"],
  },
  {
    id: "delivery.access.any-inbox",
    file: ACCESS,
    find: "demand(own, Status.Forbidden, method.accessRule);",
    replace: "demand(own || method.fields.length > 0, Status.Forbidden, method.accessRule);",
    kills: cases(READERS, "foreign-inbox"),
  },
  {
    id: "delivery.access.no-session-is-forbidden",
    file: CREDENTIALS,
    find: "demand(connection.binding !== undefined, Status.Unauthorized,",
    replace: "demand(connection.binding !== undefined, Status.Forbidden,",
    kills: cases(METHODS, "no-session"),
  },
];

export const QUEUE_MUTANTS: readonly Mutant[] = [...SEQ, ...ACK, ...CHECKS];
