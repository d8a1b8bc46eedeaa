// Mutants where two families meet: a wait and its session, a channel and another server, a ban and a
// message without a sender, a name and its second owner.

import type { Mutant } from "./mutant.ts";

export const INTERACTION_MUTANTS: readonly Mutant[] = [
  {
    id: "delivery.wait.outlives-its-session",
    file: "src/services/delivery.ts",
    find: "const untilExpiry = Math.max(0, expiresAt - clock.now());",
    replace: `const untilExpiry = ms + 0 * expiresAt;
    const sessions = async (_: Uint8Array) => tokenHash;`,
    kills: ["delivery.fetch-wait.session-expires"],
  },
  {
    id: "limits.rate.wait-counts-twice",
    file: "src/rpc/dispatch.ts",
    find: "const timeout = composed.longPoll ? 0 : options.rpcTimeoutMs;",
    replace: `if (composed.longPoll) checkRate(options, method, request, identified, connection);
      const timeout = composed.longPoll ? 0 : options.rpcTimeoutMs;`,
    kills: ["limits.rate.wait-counts-once"],
  },
  {
    id: "federation.channel.remote-recipients-admitted",
    file: "src/services/posting.ts",
    find: "await demandMembers(message.channelId, sender, recipients);",
    replace: `const at = await router.domainsOf(recipients);
    const local = recipients.filter((_, index) => at[index] === undefined);
    await demandMembers(message.channelId, sender, local);`,
    kills: ["federation.channel.to-remote-user"],
  },
  {
    id: "moderation.channel-ban.on-recipients-of-nobody",
    file: "src/services/channel-access.ts",
    find: "if (sender === undefined) return;",
    replace: `if (sender === undefined) {
        for (const key of recipients) {
          const isBanned = await bans.isBanned(key, channelId, clock.now());
          demand(!isBanned, Status.Forbidden, "moderation.channel-ban");
        }
        return;
      }`,
    kills: ["moderation.channel-ban.sealed-sender"],
  },
  {
    id: "user.proof.first-binding",
    file: "src/storage/sql/users.ts",
    find: 'leafIndex: count(row, "leaf_index"),',
    replace: `leafIndex: ((bindings: Map<string, number>) => {
      const name = text(row, "username");
      if (!bindings.has(name)) bindings.set(name, count(row, "leaf_index"));
      return bindings.get(name) as number;
    })((userOf as unknown as { bindings: Map<string, number> }).bindings ??= new Map()),`,
    kills: ["user.proof.new-owner"],
  },
];
