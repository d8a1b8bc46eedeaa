// Profile flags: where the documents disagree, an implementation declares its reading and is judged
// by it. The first value is the default. Source: the flag table of spec/errata.md.

export const PROFILE_FLAGS = {
  alpn: ["qpc", "qpq", "qpq/1"],
  "unknown-method": ["status", "reset"],
  session: ["both", "connection", "body"],
  fetch: ["retain", "drain"],
  seq: ["increasing", "contiguous"],
  push: ["off", "on"],
  "push-payload": ["bare", "oneof"],
  "sealed-sender": ["off", "on"],
  "delivery-proof": ["off", "on"],
  "keypackage-empty": ["ok", "notfound"],
  kt: ["off", "rfc6962", "other"],
  channels: ["enforced", "open"],
  reconstructed: ["none", "draft"],
  "ciphersuite-allowlist": ["off", "on"],
  groups: ["off", "on"],
  moderation: ["off", "on"],
  devices: ["off", "on"],
  blobs: ["off", "on"],
  federation: ["off", "on"],
  metrics: ["off", "on"],
  "rate-limit": ["off", "on"],
  ws: ["off", "on"],
  "legacy-v1": ["off", "on"],
  "hybrid-envelope": ["off", "on"],
  "recovery-auth": ["token", "opaque"],
} as const;

export type ProfileFlag = keyof typeof PROFILE_FLAGS;

/** Profile is one value for every flag. */
export type Profile = { readonly [F in ProfileFlag]: (typeof PROFILE_FLAGS)[F][number] };

/** isProfileFlag tells a known flag from any other word. */
export function isProfileFlag(word: string): word is ProfileFlag {
  return Object.hasOwn(PROFILE_FLAGS, word);
}

/** defaultProfile has the default of every flag. */
export function defaultProfile(): Profile {
  const entries = Object.entries(PROFILE_FLAGS).map(([flag, values]) => [flag, values[0]]);
  return Object.fromEntries(entries) as Profile;
}
