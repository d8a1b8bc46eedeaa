// Mutants of the client's groups (spec/crypto/mls.md, spec/client/client.md).

import type { Mutant } from "../broken/mutant.ts";

const GROUP_MESSAGE = "src/client/messenger/group-message.ts";
const WELCOMES = "src/client/messenger/welcomes.ts";
const ENTRIES = "src/client/messenger/outbox-entries.ts";
const PADDING = "src/crypto/client/padding.ts";
const CONTENT = "src/client/content.ts";
const JOIN = "src/crypto/mls/join.ts";

export const MLS_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-mls.epochs.early-messages-dropped",
    file: GROUP_MESSAGE,
    find: "store: () => hold({ groupId, epoch, payload }),",
    replace: "*store() {},",
    kills: [
      "client-mls.epochs.message-before-its-commit",
      "client-mls.epochs.message-two-epochs-early",
      "client-mls.epochs.commits-in-wrong-order",
    ],
  },
  {
    id: "client-mls.epochs.one-kept",
    file: "src/crypto/mls/credentials.ts",
    find: "retainKeysForEpochs: 4,",
    replace: "retainKeysForEpochs: 1,",
    kills: ["client-mls.epochs.message-4-late"],
  },
  {
    id: "client-mls.order.few-skipped",
    file: "src/crypto/mls/credentials.ts",
    find: "maximumForwardRatchetSteps: 1000,",
    replace: "maximumForwardRatchetSteps: 3,",
    kills: ["client-mls.order.reversed", "client-mls.order.sixty-skipped"],
  },
  {
    id: "client-mls.removed.still-heard",
    file: GROUP_MESSAGE,
    find: "if (!includesKey(keysOf(live.member), sender)) {",
    replace: "if (sender.length === 0) {",
    kills: ["client-mls.removed.message-held-back"],
  },
  {
    id: "client-mls.direct.third-member",
    file: GROUP_MESSAGE,
    find: "if (keysOf(next).every((key) => includesKey(pair, key))) return;",
    replace: "if (pair) return;",
    kills: ["client-mls.commit.third-in-a-direct-conversation"],
  },
  {
    id: "client-mls.welcome.any-channel",
    file: WELCOMES,
    find: 'if (address.kind === "direct" && !sameBytes(channelId, address.channelId)) {',
    replace: "if (channelId.length === 0) {",
    kills: ["client-mls.welcome.channel-of-others"],
  },
  {
    id: "client-mls.welcome.back-in-time",
    file: WELCOMES,
    find: "if (live?.member.active && live.member.epoch >= epoch) {",
    replace: "if (live?.member.active && epoch < 0n) {",
    kills: ["client-mls.rollback.welcome-to-an-earlier-epoch"],
  },
  {
    id: "client-mls.welcome.package-kept",
    file: WELCOMES,
    find: "yield* deleteOwnKeyPackage(own.ref);",
    replace: "deleteOwnKeyPackage(own.ref);",
    kills: ["client-mls.welcome.used-key-package"],
  },
  {
    id: "client-mls.welcome.any-confirmation",
    file: JOIN,
    find: 'demand(confirmed, "welcome", "the confirmation tag is wrong");',
    replace: "",
    kills: ["client-mls.welcome.wrong-confirmation"],
  },
  {
    id: "client-mls.welcome.any-suite",
    file: JOIN,
    find: 'demand(cipherSuite === SUITE_NAME, "ciphersuite",',
    replace: 'demand(cipherSuite !== undefined, "ciphersuite",',
    kills: ["client-mls.welcome.suite-3"],
  },
  {
    id: "client-mls.tree.any-leaf-signature",
    file: "src/crypto/mls/tree.ts",
    find: 'demand(valid, "signature",',
    replace: 'demand(valid || true, "signature",',
    kills: ["client-mls.welcome.wrong-leaf-signature"],
  },
  {
    id: "client-mls.welcome.any-signer",
    file: "src/crypto/mls/group-info.ts",
    find: 'demand(valid, "group-info", "the signature is wrong");',
    replace: "",
    kills: ["client-mls.welcome.wrong-group-info-signature"],
  },
  {
    id: "client-mls.proposals.of-every-kind",
    file: "src/crypto/mls/proposals.ts",
    find: 'return type === "add" || type === "update" || type === "remove";',
    replace: "return type.length > 0;",
    kills: ["client-mls.commit.group-context-extensions"],
  },
  {
    id: "client-mls.damaged.other-encodings",
    file: "src/crypto/mls/bytes.ts",
    find: 'demand(equal(encode(value), copy), "malformed",',
    replace: 'demand(value !== undefined, "malformed",',
    kills: ["client-mls.damaged.long-length"],
  },
  {
    id: "client-mls.generation.lowest",
    file: "src/client/messenger/sending-group.ts",
    find: ".findLast(",
    replace: ".find(",
    kills: ["client-mls.welcome.next-generation"],
  },
  {
    id: "client-mls.content.bucket-of-any-size",
    file: PADDING,
    find: "if (padded.length !== bucketFor(length)) {",
    replace: "if (padded.length === 0) {",
    kills: ["client-mls.content.bucket-too-large"],
  },
  {
    id: "client-mls.content.anything-behind-it",
    file: PADDING,
    find: "if (padded.subarray(end).some((byte) => byte !== 0)) {",
    replace: "if (end === 0) {",
    kills: ["client-mls.content.padding-not-zero"],
  },
  {
    id: "client-mls.content.any-id",
    file: CONTENT,
    find: 'checkLength("id", id, ID_BYTES);',
    replace: 'demand(id.length <= ID_BYTES, "id");',
    kills: ["client-mls.content.id-15-bytes", "client-mls.content.id-empty"],
  },
  {
    id: "client-mls.content.any-time",
    file: CONTENT,
    find: 'demand(sentAtMs <= LATEST_MS, "sent_at_ms is after the year 9999");',
    replace: "",
    kills: ["client-mls.content.time-beyond-9999"],
  },
  {
    id: "client-mls.content.empty-text",
    file: CONTENT,
    find: "demand(text.length > 0,",
    replace: "demand(text.length >= 0,",
    kills: ["client-mls.content.text-empty"],
  },
  {
    id: "client-group.commit.without-the-sender",
    file: ENTRIES,
    find: 'return handshake(group, "commit", membersOf(group), payload, now);',
    replace: 'return handshake(group, "commit", othersOf(group), payload, now);',
    kills: ["client-group.rotate.one-batch"],
  },
  {
    id: "client-group.leave.left-to-others",
    file: GROUP_MESSAGE,
    find: "const mine = live.change === undefined && commitsFor(next, sender);",
    replace: "const mine = false && commitsFor(next, sender);",
    kills: ["client-group.leave.committed-by-the-user"],
  },
  {
    id: "client-group.proposals.not-waited-for",
    file: "src/client/messenger/prepare.ts",
    find: 'return change?.phase === "sent" || member.hasProposals;',
    replace: 'return change?.phase === "sent" || (member.hasProposals && member.epoch < 0n);',
    kills: ["client-group.proposal.committed-before-sending"],
  },
  {
    id: "client-group.commit.lost-wish-forgotten",
    file: GROUP_MESSAGE,
    find: "const change = next.active ? afterLosing(live) : undefined;",
    replace: "const change = next.active && !live.pending ? afterLosing(live) : undefined;",
    kills: ["client-group.add.another-commit-first"],
  },
  {
    id: "client-group.path.left-away",
    file: "src/crypto/mls/commit.ts",
    find: "{ proposals, path: path.updatePath },",
    replace: "{ proposals, path: added.length > 0 ? undefined : path.updatePath },",
    kills: ["client-group.add.path"],
  },
  {
    id: "client-mls.commits.of-nobody",
    file: "src/client/messenger/group-message.ts",
    find: "return commitStep(context, live, received);",
    replace: 'throw new ClientFault("invalid-commit", "a commit of somebody else");',
    kills: [
      "client-mls.group.honest",
      "client-mls.proposal.committed",
      "client-group.restart.goes-on",
    ],
  },
  {
    id: "client-group.leave.told-to-nobody",
    file: ENTRIES,
    find: 'return handshake(group, "proposal", othersOf(group), payload, now);',
    replace: 'return handshake(group, "proposal", othersOf(group).slice(1), payload, now);',
    kills: ["client-group.leave.proposed"],
  },
];
