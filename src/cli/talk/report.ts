// What a round with the server brought, told line by line.

import type { GroupChange, News } from "../../client/messenger/news.ts";
import type { Messenger } from "../../client/messenger.ts";
import { changeLine, failureLine, faultLine, messageLine, type Numbering } from "./describe.ts";
import { loadLabels } from "./labels.ts";
import { meet } from "./people.ts";

/** reportLines words the news in this order: who is where, what came in, what went wrong. */
export async function reportLines(
  messenger: Messenger,
  { changes, received, faults, failed }: News,
  numbering?: Numbering,
): Promise<readonly string[]> {
  await meet(messenger, changes.flatMap(keysIn));
  const labels = await loadLabels(messenger);
  return [
    ...changes.map((change) => changeLine(change, labels)),
    ...received.map((message) => messageLine(message, labels, numbering)),
    ...faults.map((fault) => faultLine(fault, labels)),
    ...failed.map((failure) => failureLine(failure, labels)),
  ];
}

function keysIn({ by, added, removed }: GroupChange): readonly Uint8Array[] {
  return [...(by ? [by] : []), ...added, ...removed];
}
