// Mutants of channels: src/services/channel.ts, src/services/channel-access.ts, src/storage/sql/channels.ts.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const CHANNEL = "src/services/channel.ts";
const ACCESS = "src/services/channel-access.ts";
const SQL = "src/storage/sql/channels.ts";
const POSTING = "src/services/posting.ts";
const OWNERS = "src/rpc/access.ts";
const ALL = "src/services/all.ts";
const EVENTS = "src/services/events.ts";

const IS_NEW = "const wasNew = created.length === 1;";
const KEYS = "const keys = sender === undefined ? recipients : [sender, ...recipients];";
const ADMITTED = 'standings.every((standing) => standing === "member")';
const IS_READER = 'demand(standing !== "stranger",';
const IS_OWN = "demand(own, Status.Forbidden, method.accessRule);";

export const CHANNEL_MUTANTS: readonly Mutant[] = [
  {
    id: "channel.service.missing",
    file: ALL,
    find: "...createChannelService({",
    replace: "...(() => [])({",
    kills: [
      "methods.table.400-create-channel",
      "methods.repeated.400-create-channel",
      "methods.parallel.400-create-channel",
    ],
  },
  {
    id: "channel.pair.short-id",
    file: CHANNEL,
    find: "const CHANNEL_ID_BYTES = 16;",
    replace: "const CHANNEL_ID_BYTES = 15;",
    kills: [
      "channel.create.pair",
      "channel.id-length.every-channel",
      "channel.messages.new-pair",
      "channel.messages.new-group",
      "channel.group-create.three",
    ],
  },
  {
    id: "channel.pair.same-id-for-all",
    file: CHANNEL,
    find: "await channels.openPair({ channelId, caller, peer }, clock.now());",
    replace: "await channels.openPair({ channelId: Buffer.alloc(16), caller, peer }, clock.now());",
    kills: ["channel.id-length.every-channel"],
  },
  {
    id: "channel.pair.one-for-each-side",
    file: SQL,
    find: "const [first, second] = Buffer.compare(caller, peer) < 0 ? [caller, peer] : [peer, caller];",
    replace: "const [first, second] = [caller, peer];",
    kills: [
      ...ids("channel.create", "other-side other-side-first parallel"),
      "channel.access.either-creator",
      "channel.restart.same-id",
    ],
  },
  {
    id: "channel.pair.always-new",
    file: SQL,
    find: IS_NEW,
    replace: "const wasNew = true;",
    kills: [
      ...ids("channel.create", "other-side other-side-first parallel"),
      "channel.messages.known-pair",
      "channel.restart.same-id",
    ],
  },
  {
    id: "channel.pair.never-new",
    file: SQL,
    find: IS_NEW,
    replace: "const wasNew = false;",
    kills: ["channel.create.pair", "channel.messages.new-pair", "channel.create.parallel"],
  },
  {
    id: "channel.pair.caller-alone",
    file: SQL,
    find: "if (wasNew) for (const key of [first, second])",
    replace: "if (wasNew) for (const key of [caller])",
    kills: [
      ...ids("channel.access", "both-ways either-creator waits batch"),
      ...ids("channel.separate", "default two-channels"),
      "events.new-message.on-channel",
    ],
  },
  {
    id: "channel.pair.with-oneself",
    file: CHANNEL,
    find: 'demand(Buffer.compare(caller, peer) !== 0, Status.BadRequest, "channel.not-self");',
    replace: "",
    kills: ["channel.create.self"],
  },
  {
    id: "channel.pair.with-anybody",
    file: SQL,
    find: "if (accounts.length === 0) return undefined;",
    replace: "",
    kills: ["channel.create.unknown-peer", "federation.channel.pair-with-remote-user"],
  },
  {
    id: "channel.forms.any",
    file: CHANNEL,
    find: 'demand(isPair !== groupId.length > 0, Status.BadRequest, "channel.one-form");',
    replace: "",
    kills: ids("channel.create", "both-forms no-form members-alone"),
  },
  {
    id: "channel.access.open-to-all",
    file: ACCESS,
    find: ADMITTED,
    replace: "standings.length > 0",
    kills: [
      ...ids("channel.access", "to-stranger from-stranger stranger-to-itself"),
      ...ids("channel.access", "batch-stranger-first batch-stranger-last batch-from-stranger"),
      ...ids("group.removed", "sends-nothing gets-nothing retries"),
      "channel.group-create.admits-exactly",
    ],
  },
  {
    id: "channel.access.any-sender",
    file: ACCESS,
    find: KEYS,
    replace: "const keys = recipients;",
    kills: [
      ...ids("channel.access", "from-stranger batch-from-stranger"),
      ...ids("group.removed", "sends-nothing retries"),
      "channel.group-stranger.adds-itself",
    ],
  },
  {
    id: "channel.access.any-recipient",
    file: ACCESS,
    find: KEYS,
    replace: "const keys = [sender];",
    kills: [
      ...ids("channel.access", "to-stranger batch-stranger-first batch-stranger-last"),
      "group.removed.gets-nothing",
    ],
  },
  {
    id: "channel.access.sealed-to-anybody",
    file: ACCESS,
    find: KEYS,
    replace: "const keys = sender === undefined ? [] : [sender, ...recipients];",
    kills: ["channel.access.sealed-sender"],
  },
  {
    id: "channel.access.sealed-is-stranger",
    file: ACCESS,
    find: KEYS,
    replace: "const keys = [sender ?? new Uint8Array(32), ...recipients];",
    kills: ["channel.access.sealed-sender"],
  },
  {
    id: "channel.access.first-recipient-only",
    file: ACCESS,
    find: KEYS,
    replace: "const keys = [sender, ...recipients.slice(0, 1)];",
    kills: ["channel.access.batch-stranger-last"],
  },
  {
    id: "channel.access.last-recipient-only",
    file: ACCESS,
    find: KEYS,
    replace: "const keys = [sender, ...recipients.slice(-1)];",
    kills: ["channel.access.batch-stranger-first"],
  },
  {
    id: "channel.access.former-members-send",
    file: ACCESS,
    find: ADMITTED,
    replace: 'standings.every((standing) => standing !== "stranger")',
    kills: ids("group.removed", "sends-nothing gets-nothing retries"),
  },
  {
    id: "channel.access.not-to-self",
    file: ACCESS,
    find: ADMITTED,
    replace: `${ADMITTED} && !recipients.some((key) => Buffer.compare(key, sender) === 0)`,
    kills: ["channel.access.to-self"],
  },
  {
    id: "channel.access.anybody-reads",
    file: ACCESS,
    find: IS_READER,
    replace: "demand(standing !== undefined,",
    kills: ids(
      "channel.access",
      "fetch-of-stranger fetch-wait-of-stranger peek-of-stranger ack-of-stranger",
    ),
  },
  {
    id: "channel.access.former-members-shut-out",
    file: ACCESS,
    find: IS_READER,
    replace: 'demand(standing === "member",',
    kills: [...ids("group.removed", "reads empty-inbox"), "group.restart.keeps-all"],
  },
  {
    id: "channel.access.any-inbox",
    file: OWNERS,
    find: IS_OWN,
    replace: "",
    kills: ids(
      "channel.access",
      `fetch-of-member-elsewhere fetch-wait-of-member-elsewhere peek-of-member-elsewhere
      ack-of-member-elsewhere`,
    ),
  },
  {
    id: "channel.access.foreign-as-bad-request",
    file: OWNERS,
    find: IS_OWN,
    replace: "demand(own, Status.BadRequest, method.accessRule);",
    kills: ["channel.access.foreign-inbox-unknown-channel"],
  },
  {
    id: "channel.separate.stored-by-default",
    file: POSTING,
    find: "const message = { recipient, channelId, payload, expiresAt: now + ttlMs };",
    replace:
      "const message = { recipient, channelId: Buffer.alloc(0), payload, expiresAt: now + ttlMs };",
    kills: [
      ...ids("channel.separate", "default two-channels"),
      ...ids("channel.access", "both-ways batch"),
      ...ids("channel.group-create", "three batch two-groups"),
    ],
  },
  {
    id: "channel.waits.never-woken",
    file: POSTING,
    find: "waits.signal(entry);",
    replace: "if (entry.channelId.length === 0) waits.signal(entry);",
    kills: ["channel.access.waits"],
  },
  {
    id: "channel.events.unnamed",
    file: EVENTS,
    find: "const bare = { recipientKey: recipient, channelId, seq };",
    replace: "const bare = { recipientKey: recipient, seq };",
    kills: ["events.new-message.on-channel"],
  },
];
