// Node addresses of peers, one per identity. Spec: services/p2p.md; C-75, S-07.

export interface EndpointStore {
  /** publish replaces the address of an identity; an empty one removes it. */
  publish(identityKey: Uint8Array, nodeAddress: Uint8Array, now: number): Promise<void>;
  /** resolve answers the published bytes, or undefined where none are. */
  resolve(identityKey: Uint8Array): Promise<Uint8Array | undefined>;
}
