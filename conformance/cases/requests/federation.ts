// Valid requests of another server.

import { REMOTE } from "../../judge/federation.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { withHybridKey, withPackage } from "./messages.ts";
import type { Fields, Makers, Request } from "./request.ts";

const FROM_PEER = { federationAuth: { origin: REMOTE } } as const;

export const FEDERATION_REQUESTS: Makers = {
  RelayEnqueue: (t) =>
    fromPeer(t, t.user(), ({ key }) => ({
      message: { recipientKey: key, payload: t.bytes(40) },
    })),
  RelayBatchEnqueue: (t) =>
    fromPeer(t, t.user(), ({ key }) => ({
      messages: [{ recipientKey: key, payload: t.bytes(40) }],
    })),
  ProxyFetchKeyPackage: (t) => fromPeer(t, withPackage(t), ({ key }) => ({ identityKey: key })),
  ProxyFetchHybridKey: (t) => fromPeer(t, withHybridKey(t), ({ key }) => ({ identityKey: key })),
  ProxyResolveUser: (t) => fromPeer(t, t.user(), ({ account }) => ({ username: account.username })),
  FederationHealth: async (t) => ({ caller: await t.federation().peer(), fields: FROM_PEER }),
};

/** fromPeer is the request of another server that concerns a user of the subject. */
async function fromPeer(
  t: Trial,
  about: Promise<User>,
  fields: (user: User) => Fields,
): Promise<Request> {
  const user = await about;
  return { caller: await t.federation().peer(), fields: { ...FROM_PEER, ...fields(user) } };
}
