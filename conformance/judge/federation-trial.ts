// What a case of federation works with: the judge as the client of a federation listener, and as the
// servers that the subject calls.

import type { QuicConnection } from "../../src/transport/transport.ts";
import { Unsupported } from "./errors.ts";
import { REMOTE, type Shown } from "./federation.ts";
import type { Peer } from "./peer.ts";
import type { RemoteServer } from "./remote-server.ts";
import type { Target } from "./target.ts";

export interface FederationTrial {
  /** peer connects to the subject's federation listener as the server of a domain (default b.test). */
  peer(domain?: string, shown?: Shown): Promise<Peer>;
  /** remote is a server that the judge plays (default b.test). */
  remote(domain?: string): RemoteServer;
}

/** federationTrial throws Unsupported where the subject has no federation listener that we know. */
export function federationTrial(
  { subject, stage, profile }: Target,
  adopt: (quic: QuicConnection) => Peer,
): FederationTrial {
  const { federation } = subject;
  if (stage === undefined || federation === undefined || federation.port === 0) {
    throw new Unsupported("needs a federation listener that we configured: use --command");
  }
  const { domain: serverName, port } = federation;
  return {
    async peer(domain = REMOTE, shown = "valid") {
      return adopt(await stage.dial({ port, serverName, alpn: profile.alpn, domain, shown }));
    },
    remote: (domain = REMOTE) => stage.remote(domain),
  };
}
