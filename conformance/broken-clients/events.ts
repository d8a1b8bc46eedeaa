// Mutants of what a client makes of events and of answers: src/rpc/event-inbox.ts, src/client.

import { ids } from "../broken/ids.ts";
import type { Mutant } from "../broken/mutant.ts";
import { ofEveryMethod, ofMethodsWithFields } from "./table.ts";

const CALLER = "src/rpc/caller.ts";
const INBOX = "src/rpc/event-inbox.ts";
const EVENTS = "src/client/events.ts";
const CLIENT = "src/client/client.ts";

/** Texts that several mutants change. */
const DECODE =
  "export function decodeResponse({ name, output }: Method, payload: Uint8Array): Message {";
const DECODE_EVENT = "return decodeStrictly(event.message, payload);";

export const EVENTS_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-inbox.order.newest-first",
    file: INBOX,
    find: "const [next] = this.#finished;",
    replace: "const next = [...this.#finished].at(-1);",
    kills: ids("client-push.order", `all-kinds one-after-the-other`),
  },
  {
    id: "client-inbox.events.only-while-awaited",
    file: INBOX,
    find: "this.#finished.add(arrival);",
    replace: "this.#release(arrival);",
    kills: [
      ...ids("client-push.flood", `calls-are-answered thousand-kept`),
      "client-push.once.handed-out-once",
      ...ids("client-push.order", `all-kinds many-at-once one-after-the-other`),
      "client-push.time.before-the-first-call",
    ],
  },
  {
    id: "client-inbox.events.handed-out-twice",
    file: INBOX,
    find: "taker.give({ done: false, value: frame });",
    replace: `taker.give({ done: false, value: frame });
      this.#held.add(arrival);
      arrival.frame = frame;
      this.#finished.add(arrival);`,
    kills: ids("client-push.odd", `fewer-than-wanted two-who-ask`),
  },
  {
    id: "client-inbox.events.first-kept",
    file: INBOX,
    find: "this.#release(next);",
    replace: "if (next !== [...this.#held][0] || this.#held.size > 1) this.#release(next);",
    kills: ["client-push.once.handed-out-once", "client-push.order.many-at-once"],
  },
  {
    id: "client-inbox.events.of-all-connections",
    file: INBOX,
    find: "readonly #finished = new Set<Arrival>();",
    replace:
      "readonly #finished: Set<Arrival> = ((globalThis as { finished?: Set<Arrival> }).finished ??= new Set());",
    kills: ["client-push.connections.each-its-own"],
  },
  {
    id: "client-inbox.streams.one-after-the-other",
    file: INBOX,
    find: "acceptUni()) void this.#read(stream);",
    replace: "acceptUni()) await this.#read(stream);",
    kills: [
      "client-push.odd.no-fin",
      ...ids("client-push.unfinished", `3-bytes 7-bytes sixteen-streams`),
    ],
  },
  {
    id: "client-inbox.broken.ends-it",
    file: INBOX,
    find: "stream.stopSending(Status.BadRequest);",
    replace: `stream.stopSending(Status.BadRequest);
      this.#ended = true;`,
    kills: [
      "client-push.broken.many-and-good-ones",
      ...ids(
        "client-push.cut",
        `header-0 header-1 header-2 header-3 header-4 header-5 one-short-of-65536 payload-0
      payload-1`,
      ),
      ...ids("client-push.not-a-push", `little-endian-length request-frame response-frame`),
      ...ids("client-push.reset", `before-any-byte behind-header in-header in-payload`),
      ...ids(
        "client-push.size",
        `16777216-announced 2147483648-announced 4194305-announced 4194305-sent
      4294967295-announced stream-dropped`,
      ),
      ...ids("client-push.trailing", `announced-one-less one-byte second-event`),
    ],
  },
  {
    id: "client-inbox.broken.stream-kept",
    file: INBOX,
    find: "stream.stopSending(Status.BadRequest);",
    replace: "if (Date.now() < 0) stream.stopSending(Status.BadRequest);",
    kills: ["client-push.size.stream-dropped"],
  },
  {
    id: "client-inbox.bounds.hundred-events",
    file: INBOX,
    find: "export const INBOX_EVENTS = 1024;",
    replace: "export const INBOX_EVENTS = 100;",
    kills: ids("client-push.flood", `calls-are-answered thousand-kept`),
  },
  {
    id: "client-inbox.bounds.thirty-events",
    file: INBOX,
    find: "export const INBOX_EVENTS = 1024;",
    replace: "export const INBOX_EVENTS = 30;",
    kills: ids("client-push.flood", `calls-are-answered thousand-kept`),
  },
  {
    id: "client-inbox.bounds.one-mib",
    file: INBOX,
    find: "export const INBOX_BYTES = 16 << 20;",
    replace: "export const INBOX_BYTES = 1 << 20;",
    kills: ["client-push.frame.payload-4194304"],
  },
  {
    id: "client-inbox.payload.unwrapped",
    file: INBOX,
    find: "this.#offer(arrival, await readFrame(this.#counted(arrival), PUSH));",
    replace: `const frame = await readFrame(this.#counted(arrival), PUSH);
      const [tag = 0, length] = frame.payload;
      const isWrapped = (tag & 7) === 2 && length === frame.payload.length - 2;
      this.#offer(arrival, isWrapped ? { ...frame, payload: frame.payload.slice(2) } : frame);`,
    kills: ids(
      "client-push.wrapped",
      `group-membership-change new-message presence-update typing-indicator`,
    ),
  },
  {
    id: "client-events.unknown.handed-out",
    file: EVENTS,
    find: "if (event === undefined) throw new EventError(",
    replace: `if (event === undefined) return undefined as never;
  if (event === undefined) throw new EventError(`,
    kills: [
      "client-push.broken.many-and-good-ones",
      "client-push.not-a-push.little-endian-type",
      ...ids("client-push.unknown", `0 1 1004 1256 200 32768 59395 65535 802 950 999 forty-kinds`),
    ],
  },
  {
    id: "client-events.unknown.fatal",
    file: EVENTS,
    find: "if (event === undefined) throw new EventError(",
    replace: `if (event === undefined) throw new Error("an unknown event");
  if (event === undefined) throw new EventError(`,
    kills: ["client-push.unknown.999"],
    by: "crash",
  },
  {
    id: "client-events.undecodable.handed-out",
    file: EVENTS,
    find: DECODE_EVENT,
    replace: "return undefined as never;",
    kills: [
      "client-push.broken.many-and-good-ones",
      ...ids(
        "client-push.no-message",
        `group-membership-change new-message presence-update typing-indicator`,
      ),
    ],
  },
  {
    id: "client-events.empty.ignored",
    file: EVENTS,
    find: DECODE_EVENT,
    replace: `if (payload.length === 0) throw new Error("empty");
    return decodeStrictly(event.message, payload);`,
    kills: ids(
      "client-push.empty",
      `group-membership-change new-message presence-update typing-indicator`,
    ),
  },
  {
    id: "client-events.new-message.only",
    file: EVENTS,
    find: "const event = EVENTS.find(({ id }) => id === eventType);",
    replace: "const event = EVENTS.find(({ id }) => id === eventType && id === 1000);",
    kills: [
      ...ids("client-push.empty", `group-membership-change presence-update typing-indicator`),
      ...ids("client-push.known", `group-membership-change presence-update typing-indicator`),
      "client-push.order.all-kinds",
    ],
  },
  {
    id: "client-events.fields.unknown-refused",
    file: EVENTS,
    find: DECODE_EVENT,
    replace: `const message = decodeStrictly(event.message, payload);
    if (message.$unknown?.length) throw new Error("unknown fields");
    return message;`,
    kills: ["client-push.odd.unknown-field"],
  },
  {
    id: "client-response.decode.never",
    file: CLIENT,
    find: DECODE,
    replace: `export function decodeResponse({ name, output }: Method, payload: Uint8Array): Message {
  if (payload.length >= 0) return { $typeName: output.typeName };`,
    kills: [
      ...ofEveryMethod("no-message"),
      ...ids(
        "client-calls.no-message",
        `cut-fixed32 endless-varint field-zero length-past-2-31 length-past-end open-group
      stray-end-group wire-type-6 wire-type-7`,
      ),
    ],
  },
  {
    id: "client-response.decode.all-statuses",
    file: "conformance/peers/typescript/connections.ts",
    find: "if (status === Status.Ok && known) decodeResponse(known, payload);",
    replace: "if (known) decodeResponse(known, payload);",
    kills: [
      ...ids(
        "client-status.assigned",
        `1-undecodable 10-undecodable 11-undecodable 2-undecodable 3-undecodable
      4-undecodable 5-undecodable 8-undecodable 9-undecodable`,
      ),
      ...ids("client-status.detail", `cut message-not-utf8 text wire-type zeros`),
      "client-status.unassigned.undecodable-payload",
    ],
  },
  {
    id: "client-response.decode.any-utf8",
    file: "src/rpc/decode.ts",
    find: "return fromBinary(desc, payload);",
    replace: `try {
    return fromBinary(desc, payload);
  } catch {
    return fromBinary(desc, new Uint8Array(0));
  }`,
    kills: ids("client-calls.not-utf8", `check-revocation download-blob health resolve-identity`),
  },
  {
    id: "client-response.decode.none-empty",
    file: CLIENT,
    find: DECODE,
    replace: `export function decodeResponse({ name, output }: Method, payload: Uint8Array): Message {
  if (payload.length === 0 && output.fields.length > 0) throw new ResponseError(name);`,
    kills: [...ofMethodsWithFields("ok"), "client-status.ok.of-another-message"],
  },
  {
    id: "client-response.decode.shortest-form-only",
    file: CLIENT,
    find: DECODE,
    replace: `export function decodeResponse({ name, output }: Method, payload: Uint8Array): Message {
  try {
    const again = toBinary(output, fromBinary(output, payload));
    if (Buffer.compare(again, payload) !== 0) throw new Error("another form");
  } catch (cause) {
    throw new ResponseError(\`\${name}: no \${output.name}\`, { cause });
  }`,
    kills: ids(
      "client-calls.unusual-message",
      `backwards field-twice long-length long-varint unknown-group unknown-varint`,
    ),
  },
  {
    id: "client-inbox.takers.forgotten",
    file: INBOX,
    find: "const [taker] = this.#takers;",
    replace: "const taker = undefined as Taker | undefined;",
    kills: [
      "client-push.odd.two-who-ask",
      ...ids("client-push.time", `in-the-answer while-a-call-waits while-somebody-waits`),
    ],
  },
  {
    id: "client-inbox.events.three-seconds-late",
    file: INBOX,
    find: "this.#offer(arrival, await readFrame(this.#counted(arrival), PUSH));",
    replace: `const frame = await readFrame(this.#counted(arrival), PUSH);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      this.#offer(arrival, frame);`,
    kills: ids("client-push.time", `before-the-first-call in-the-answer while-a-call-waits`),
  },
  {
    id: "client-inbox.events.after-the-calls",
    file: CALLER,
    find: "const inbox = new EventInbox(connection);",
    replace: `const inbox = new EventInbox(connection);
  const lane = { calls: 0 };
  const openBidi = connection.openBidi.bind(connection);
  connection.openBidi = async () => {
    lane.calls += 1;
    const stream = await openBidi();
    const chunks = stream.chunks.bind(stream);
    stream.chunks = async function* () {
      try {
        yield* chunks();
      } finally {
        lane.calls -= 1;
      }
    };
    return stream;
  };
  const events = inbox.events.bind(inbox);
  inbox.events = () => {
    const all = events();
    const next = all.next.bind(all);
    all.next = async () => {
      while (lane.calls > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return next();
    };
    return all;
  };`,
    kills: ids("client-push.time", `in-the-answer while-a-call-waits`),
  },
];
