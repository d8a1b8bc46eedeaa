// Who may use a channel: its members, and on reads its former members
// (spec/services/channel.md, spec/services/delivery.md; C-58, I-18). A banned member reads, but does not
// send (spec/services/moderation.md; C-63).

import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { demand } from "../rpc/error.ts";
import type { ChannelStore, Standing } from "../storage/stores/channels.ts";
import type { ModerationStore } from "../storage/stores/moderation.ts";
import type { Inbox } from "../storage/stores.ts";

/** BanLookup is what access asks about bans. */
export type BanLookup = Pick<ModerationStore, "isBanned">;

export interface ChannelAccessDependencies {
  readonly channels: ChannelStore;
  readonly bans: BanLookup;
  readonly clock: Clock;
}

/** ChannelAccess lets everybody use the empty channel; another channel is NotFound or has members. */
export interface ChannelAccess {
  /**
   * demandMembers refuses a message unless its sender and all its recipients are members and the
   * sender is not banned there. A sealed sender is undefined: who sends nothing of itself is asked for
   * nothing.
   */
  demandMembers(
    channelId: Uint8Array,
    sender: Uint8Array | undefined,
    recipients: readonly Uint8Array[],
  ): Promise<void>;
  /** demandReader refuses an inbox whose recipient never was a member. */
  demandReader(inbox: Inbox): Promise<void>;
}

/** createChannelAccess asks the store at every call, so that a removal counts at once. */
export function createChannelAccess(dependencies: ChannelAccessDependencies): ChannelAccess {
  const { channels, bans, clock } = dependencies;

  async function standingsOf(
    channelId: Uint8Array,
    keys: readonly Uint8Array[],
  ): Promise<readonly Standing[]> {
    const standings = await channels.standings(channelId, keys);
    demand(standings !== undefined, Status.NotFound, "delivery.channel-unknown");
    return standings;
  }

  return {
    async demandMembers(channelId, sender, recipients) {
      if (channelId.length === 0) return;
      const keys = sender === undefined ? recipients : [sender, ...recipients];
      const standings = await standingsOf(channelId, keys);
      const admitted = standings.every((standing) => standing === "member");
      demand(admitted, Status.Forbidden, "delivery.channel-members");
      // I-07: a ban has no force against a sealed sender, whom nobody knows.
      if (sender === undefined) return;
      const isBanned = await bans.isBanned(sender, channelId, clock.now());
      demand(!isBanned, Status.Forbidden, "moderation.channel-ban");
    },
    async demandReader({ recipient, channelId }) {
      if (channelId.length === 0) return;
      const [standing] = await standingsOf(channelId, [recipient]);
      demand(standing !== "stranger", Status.Forbidden, "delivery.channel-members");
    },
  };
}
