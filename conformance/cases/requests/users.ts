// Valid requests of user, kt, account and health.

import { type Makers, own } from "./request.ts";

export const USER_REQUESTS: Makers = {
  ResolveUser: async (t) => {
    const user = await t.user();
    return { caller: user, fields: { username: user.account.username } };
  },
  ResolveIdentity: (t) => own(t, (key) => ({ identityKey: key })),
  RevokeKey: async (t) => {
    const user = await t.newUser();
    return { caller: user, fields: { identityKey: user.key, reason: "superseded" } };
  },
  CheckRevocation: (t) => own(t, (key) => ({ identityKey: key })),
  AuditKeyTransparency: (t) => own(t, () => ({})),
  DeleteAccount: async (t) => ({ caller: await t.newUser(), fields: {} }),
  Health: async (t) => ({ caller: await t.peer(), fields: {} }),
};
