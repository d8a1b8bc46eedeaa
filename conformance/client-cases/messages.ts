// Messages as the vectors have them: valid ones of every type, and bytes that no decoder takes for one
// (vectors/messages).

import { materialise } from "../../vectors/bytes.ts";
import { loadVectors, TOPICS } from "../../vectors/load.ts";
import { kebab } from "../cases/requests.ts";

let loaded: ReadonlyMap<string, Uint8Array> | undefined;

/** messageBytes reads `messages.<message>.<name>`; undefined when there is no such vector. */
export function messageBytes(message: string, name: string): Uint8Array | undefined {
  loaded ??= loadAll();
  return loaded.get(`messages.${kebab(message)}.${name}`);
}

/** sampleOf is a valid message with all its fields; of a message without fields, no bytes. */
export function sampleOf(message: string): Uint8Array {
  return messageBytes(message, "full") ?? new Uint8Array(0);
}

function loadAll(): ReadonlyMap<string, Uint8Array> {
  const topics = TOPICS.filter((topic) => topic.startsWith("messages/"));
  const vectors = topics.flatMap((topic) => loadVectors(topic).vectors);
  return new Map(vectors.map(({ id, bytes }) => [id, materialise(bytes)] as const));
}
