// Reads vector files, for the judge and for tests.

import { readFileSync } from "node:fs";
import type { Topic, Topics, VectorFile } from "./format.ts";

/** TOPICS are all topics, in the order of their files. */
export const TOPICS = [
  "client/attachment",
  "client/content",
  "client/padding",
  "client/recovery",
  "client/transcript",
  "frames/push",
  "frames/request",
  "frames/response",
  "hybrid/envelope",
  "identity/delivery-proofs",
  "identity/safety-numbers",
  "kt/proofs",
  "messages/account",
  "messages/auth",
  "messages/blob",
  "messages/channel",
  "messages/common",
  "messages/delivery",
  "messages/device",
  "messages/federation",
  "messages/group",
  "messages/health",
  "messages/keys",
  "messages/kt",
  "messages/moderation",
  "messages/p2p",
  "messages/push",
  "messages/recovery",
  "messages/user",
  "mls/group",
  "opaque/flow",
] as const satisfies readonly Topic[];

/**
 * loadVectors reads one file. Bytes stay in their short form until materialise is called on them, so
 * that loading costs nothing for the frames of 4 MiB. Throws when the file is missing.
 */
export function loadVectors<T extends Topic>(topic: T): VectorFile<Topics[T]> {
  return JSON.parse(readFileSync(new URL(`${topic}.json`, import.meta.url), "utf8"));
}
