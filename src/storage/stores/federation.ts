// What federation asks of storage: peers, and which keys live with them. Spec: services/federation.md;
// C-71, I-19.

/** PeerAddress is where the server of a domain is reached. */
export interface PeerAddress {
  /** DNS name in lower case. */
  readonly domain: string;
  /** HOST:PORT of its federation listener. */
  readonly address: string;
}

export interface FederationStore {
  /** setPeers replaces the known peers. */
  setPeers(peers: readonly PeerAddress[], now: number): Promise<void>;
  /** peers answers the known peers, sorted by domain. */
  peers(): Promise<readonly PeerAddress[]>;
  /** learn remembers that a key (32 bytes) was resolved at a domain; the newest domain counts. */
  learn(identityKey: Uint8Array, domain: string, now: number): Promise<void>;
  /**
   * domainsOf answers one entry per key, in order: the domain it was resolved at, undefined where none is
   * known. A key that has an account here is local, whatever was learned about it.
   */
  domainsOf(identityKeys: readonly Uint8Array[]): Promise<readonly (string | undefined)[]>;
  /** haveAccounts tells whether each of the keys has an account here. */
  haveAccounts(identityKeys: readonly Uint8Array[]): Promise<boolean>;
}
