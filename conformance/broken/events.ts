// Mutants of events: src/rpc/push.ts, src/services/events.ts, and where sessions are accepted.

import type { Mutant } from "./mutant.ts";

const EVENTS = "src/services/events.ts";
const PUSH = "src/rpc/push.ts";
const POSTING = "src/services/posting.ts";
const CREDENTIALS = "src/rpc/credentials.ts";
const AUTH = "src/services/auth.ts";
const DISPATCH = "src/rpc/dispatch.ts";

const TYPE = "eventType: PushEventType.NEW_MESSAGE,";
const ENCODED = "return toBinary(NewMessageSchema, create(NewMessageSchema, message));";
const PUSHED = "pushes.push(entry.recipient,";
const PICK = `for (const connection of receivers) {
      if (!(await isReceiver(connection, identityKey))) continue;`;

export const EVENTS_MUTANTS: readonly Mutant[] = [
  {
    id: "events.new-message.sent-as-typing",
    file: EVENTS,
    find: TYPE,
    replace: "eventType: PushEventType.TYPING,",
    kills: ["events.typing.decodes", "events.receivers.login"],
  },
  {
    id: "events.new-message.sent-as-presence",
    file: EVENTS,
    find: TYPE,
    replace: "eventType: PushEventType.PRESENCE,",
    kills: ["events.presence.decodes"],
  },
  {
    id: "events.new-message.wrapped",
    file: EVENTS,
    find: ENCODED,
    replace: `const inner = toBinary(NewMessageSchema, create(NewMessageSchema, message));
  return Buffer.concat([Buffer.from([0x0a, inner.length]), inner]);`,
    kills: ["events.new-message.bare", "events.new-message.fields"],
  },
  {
    id: "events.new-message.always-with-data",
    file: EVENTS,
    find: "const fits = full.length <= LIMITS.framePayload.value;",
    replace: "const fits = full.length > 0 * LIMITS.framePayload.value;",
    kills: ["events.new-message.large"],
  },
  {
    id: "events.new-message.for-duplicates-too",
    file: POSTING,
    find: "if (duplicate) return;",
    replace: "if (duplicate && index < 0) return;",
    kills: ["events.new-message.duplicate"],
  },
  {
    id: "events.new-message.two-per-stream",
    file: PUSH,
    find: "await stream.finish(frame);",
    replace: "await stream.finish(Buffer.concat([frame, frame]));",
    kills: ["events.new-message.one-per-stream"],
  },
  {
    id: "events.receivers.batch-first-only",
    file: POSTING,
    find: PUSHED,
    replace: `if (index === 0) ${PUSHED}`,
    kills: ["events.receivers.batch"],
  },
  {
    id: "events.receivers.everybody",
    file: PUSH,
    find: PICK,
    replace: "for (const connection of connections.keys()) {",
    kills: [
      "events.receivers.nobody-else",
      "events.receivers.invalid-token",
      "events.receivers.session-expired",
    ],
  },
  {
    id: "events.receivers.first-connection-only",
    file: PUSH,
    find: "void send(connection, frame).catch(ignore);",
    replace: "return send(connection, frame);",
    kills: ["events.receivers.every-connection"],
  },
  {
    id: "events.receivers.one-event-each",
    file: PUSH,
    find: "state.untaken -= 1;",
    replace: "state.untaken += 15;",
    kills: ["events.no-credit.one-stream", "events.no-credit.none"],
  },
  {
    id: "events.receivers.body-token-forgotten",
    file: CREDENTIALS,
    find: "return accept(await credentials.sessions(tokenHash), connection, credentials);",
    replace: `const found = await credentials.sessions(tokenHash);
    return accept(found, { ...connection, accepted: new Map() }, credentials);`,
    kills: ["events.receivers.body-token"],
  },
  {
    id: "events.receivers.login-forgotten",
    file: AUTH,
    find: "acceptSession(connection, session);",
    replace: "",
    kills: ["events.receivers.login", "events.receivers.replaced-binding"],
  },
  {
    id: "events.queue-remains.acknowledged",
    file: POSTING,
    find: PUSHED,
    replace: `void deliveries.ack(entry, new Uint8Array(0), seq);
      ${PUSHED}`,
    kills: ["events.queue-remains.after-event", "events.queue-remains.lost-event"],
  },
  {
    id: "events.not-callable.bad-request",
    file: DISPATCH,
    find: "return { status: Status.UnknownMethod, payload: EMPTY };",
    replace: "return { status: Status.BadRequest, payload: EMPTY };",
    kills: [
      "events.not-callable.1000",
      "events.not-callable.1001",
      "events.not-callable.1002",
      "events.not-callable.1003",
    ],
  },
];
