// Writes the ids of cases that have their topic in common.

/** ids puts a topic before each of the slugs, which white space separates. There is one at least. */
export function ids(topic: string, slugs: string): [string, ...string[]] {
  return slugs
    .trim()
    .split(/\s+/)
    .map((slug) => `${topic}.${slug}`) as [string, ...string[]];
}
