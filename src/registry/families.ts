// The 15 method families, by the file name that a family has in every layer, and `push`.
// A server declares those it implements in the `features` of its ready line.

export const FAMILIES = [
  "auth",
  "delivery",
  "keys",
  "channel",
  "group",
  "moderation",
  "user",
  "kt",
  "blob",
  "device",
  "recovery",
  "p2p",
  "health",
  "federation",
  "account",
] as const;

export type Family = (typeof FAMILIES)[number];

export const FEATURES = [...FAMILIES, "push"] as const;

export type Feature = (typeof FEATURES)[number];

/** isFeature tells a word of the closed list from any other. */
export function isFeature(word: string): word is Feature {
  return (FEATURES as readonly string[]).includes(word);
}
