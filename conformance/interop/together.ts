// The parts of the run in which several SDKs meet: envelopes, logins, a mixed group.

import { launchOf } from "../cli/subject.ts";
import { type Subject, startSubject } from "../judge/subject.ts";
import { type Cell, cellOfFindings, type Finding, type Part } from "./cell.ts";
import { exchangeEnvelopes, sealsEnvelopes } from "./envelopes.ts";
import { exchangeLogins, logsIn } from "./logins.ts";
import { joinsGroups, playGroup } from "./mixed-group.ts";
import { openParty, type Party } from "./party.ts";
import type { ClientPeer, ServerPeer } from "./peers.ts";

/** Members of the mixed group, by peer; the first makes it. */
const GROUP: readonly string[] = ["typescript", "rust", "typescript", "rust", "typescript"];
const OPERATIONS = 100;

export interface Gathering {
  readonly clients: readonly ClientPeer[];
  readonly servers: readonly ServerPeer[];
  readonly seed: number;
  readonly parts: readonly Part[];
  readonly add: (cell: Cell) => void;
}

/** gather runs those of the parts that are asked for; one that nobody can take part in is left out. */
export async function gather({ clients, servers, seed, parts, add }: Gathering): Promise<void> {
  const parties: Party[] = [];
  try {
    for (const client of clients) parties.push(await openParty(client));
    if (parts.includes("envelopes")) {
      const sealing = parties.filter(sealsEnvelopes);
      for (const from of sealing) {
        for (const to of sealing.filter((party) => party !== from)) {
          const place = { part: "envelopes", row: from.name, column: to.name } as const;
          add(await timed(place, () => exchangeEnvelopes(from, to, seed)));
        }
      }
    }
    const able = parties.filter(logsIn);
    if (parts.includes("logins") && able.length > 1) {
      for (const server of servers) {
        const place = { part: "logins", row: "on", column: server.name } as const;
        const work = (subject: Subject) => exchangeLogins(able, subject, seed);
        add(await timed(place, () => onServer(server, work)));
      }
    }
    const players = GROUP.flatMap((name) => parties.filter((party) => party.name === name));
    const reference = servers.find(({ isReference }) => isReference);
    const isMixed = new Set(players).size > 1 && players.every(joinsGroups);
    if (parts.includes("group") && reference && isMixed) {
      const place = { part: "group", row: `of ${players.length}`, column: "" } as const;
      const work = (subject: Subject) => playGroup(players, subject, seed, OPERATIONS);
      add(await timed(place, () => onServer(reference, work)));
    }
  } finally {
    await Promise.all(parties.map((party) => party.end()));
  }
}

async function onServer<T>(server: ServerPeer, work: (subject: Subject) => Promise<T>): Promise<T> {
  const subject = await startSubject(await launchOf(server.command));
  try {
    return await work(subject);
  } finally {
    await subject.stop();
  }
}

async function timed(
  place: Pick<Cell, "part" | "row" | "column">,
  work: () => Promise<readonly Finding[]>,
): Promise<Cell> {
  const start = performance.now();
  let findings: readonly Finding[];
  try {
    findings = await work();
  } catch (error) {
    findings = [{ id: "run", why: (error as Error).message }];
  }
  return cellOfFindings(place, findings, performance.now() - start);
}
