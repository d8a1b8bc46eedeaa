// What the services ask of storage about channels. Spec: services/channel.md; C-55 to C-58, I-18.

/** NewPair asks for the channel of two keys; `channelId` becomes its ID where there is none yet. */
export interface NewPair {
  /** 16 random bytes (C-56). */
  readonly channelId: Uint8Array;
  /** Identity keys, 32 bytes each. */
  readonly caller: Uint8Array;
  readonly peer: Uint8Array;
}

export interface OpenedChannel {
  /** 16 bytes. */
  readonly channelId: Uint8Array;
  /** True once in the life of a channel: for the call that created it. */
  readonly wasNew: boolean;
}

export interface Channel {
  readonly channelId: Uint8Array;
  /** Key that created the channel; undefined when it is no member any more (C-62). */
  readonly creator: Uint8Array | undefined;
}

/** Standing is what a key is to a channel; a former member may still read what is queued for it (I-18). */
export type Standing = "member" | "former" | "stranger";

export interface ChannelStore {
  /**
   * openPair answers the one channel of two keys, and creates it when there is none. It answers
   * undefined, and stores nothing, when no account on this server has the key of the peer (I-19).
   */
  openPair(pair: NewPair, now: number): Promise<OpenedChannel | undefined>;
  find(channelId: Uint8Array): Promise<Channel | undefined>;
  /** standings answers one entry per key, in order; undefined when there is no such channel. */
  standings(
    channelId: Uint8Array,
    identityKeys: readonly Uint8Array[],
  ): Promise<readonly Standing[] | undefined>;
}
