// npm run crash-test: kills the reference server in the middle of a load, again and again on the same
// data, and looks whether everything it acknowledged is still there (I-25).
//   node conformance/crash/crash-test.ts [--rounds N] [--seed N]
// Exit codes: 0 nothing lost, 1 something was, 2 wrong usage.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { CertifiedKey } from "../../src/crypto/certificates.ts";
import { type Client, connect, logIn, newAccount, register } from "./client.ts";
import { integrityOf } from "./integrity.ts";
import { putLoad } from "./load.ts";
import { type CrashRecord, createRecord } from "./record.ts";
import { createTls, databaseOf, type Reference, startReference } from "./reference.ts";
import { acknowledge, verify } from "./verify.ts";

const USERS = 4;
/** A kill comes this long after the load began, in milliseconds. */
const EARLIEST_KILL = 50;
const LATEST_KILL = 1_200;
/** Accounts of the last round that have to log in; all of them do at the end. */
const LOGINS_PER_ROUND = 2;
/** Messages that an inbox may keep from round to round; it holds 10,000 [delivery.inbox-cap]. */
const MOST_KEPT = 3_000;

export interface CrashReport {
  readonly record: CrashRecord;
  readonly integrityOk: number;
}

/** Random answers numbers from 0 (inclusive) to 1, the same ones for the same seed. */
type Random = () => number;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  let rounds: number;
  let seed: number;
  try {
    const options = {
      rounds: { type: "string", default: "50" },
      seed: { type: "string", default: "1" },
    } as const;
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    rounds = wholeNumber("rounds", values.rounds);
    seed = wholeNumber("seed", values.seed);
  } catch (error) {
    process.stderr.write(`crash-test: ${(error as Error).message}\n`);
    return 2;
  }
  const { record, integrityOk } = await crashTest(rounds, seed, print);
  const { counts, findings } = record;
  for (const { kind, what } of findings) print(`LOST ${kind}: ${what}`);
  print(
    `${rounds} rounds, seed ${seed}; acknowledged: ${counts.messages} messages, ${counts.acks} acks, ` +
      `${counts.uploads} uploads, ${counts.pops} fetches of packages, ${counts.registrations} ` +
      `registrations; lost: ${findings.length}; integrity ok: ${integrityOk} of ${rounds}`,
  );
  return findings.length === 0 && integrityOk === rounds ? 0 : 1;
}

/** crashTest runs the rounds; `say` is told of each. */
export async function crashTest(
  rounds: number,
  seed: number,
  say: (line: string) => void,
): Promise<CrashReport> {
  const dataDir = await mkdtemp(join(tmpdir(), "qpc-crash-"));
  const tls = await createTls();
  const random = createRandom(seed);
  let server = await startReference(dataDir, tls);
  try {
    const record = await openRecord(server, tls);
    let integrityOk = 0;
    for (let round = 1; round <= rounds; round++) {
      const known = record.accounts.length;
      const killedAt = await loadAndKill(server, tls, record, random);
      const integrity = integrityOf(databaseOf(dataDir));
      if (integrity === "ok") integrityOk += 1;
      server = await startReference(dataDir, tls);
      const last = round === rounds;
      const fresh = record.accounts.slice(known);
      await inspect(server, tls, record, random, last ? record.accounts : pick(fresh));
      const { messages, uploads, pops, registrations } = record.counts;
      say(
        `round ${round}: killed after ${killedAt} ms; so far ${messages} messages, ${uploads} uploads, ` +
          `${pops} fetches, ${registrations} registrations, ${record.findings.length} lost, integrity ${integrity}`,
      );
    }
    return { record, integrityOk };
  } finally {
    await server.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** openRecord registers the users and logs them in. */
export async function openRecord({ port }: Reference, tls: CertifiedKey): Promise<CrashRecord> {
  const client = await connect(port, tls);
  const users: { account: ReturnType<typeof newAccount>; token: Uint8Array }[] = [];
  for (let n = 0; n < USERS; n++) {
    const account = newAccount();
    await register(client, account);
    users.push({ account, token: await logIn(client, account) });
  }
  await client.close();
  return createRecord(users);
}

/** loadAndKill answers after how many milliseconds of load the server died. */
async function loadAndKill(
  server: Reference,
  tls: CertifiedKey,
  record: CrashRecord,
  random: Random,
): Promise<number> {
  const connections = Array.from({ length: USERS + 1 }, () => connect(server.port, tls));
  const clients: Client[] = await Promise.all(connections);
  const load = putLoad(record, clients);
  const killAt = Math.round(EARLIEST_KILL + random() * (LATEST_KILL - EARLIEST_KILL));
  await Promise.race([load, sleep(killAt)]);
  await server.kill();
  await Promise.all(clients.map((client) => client.close()));
  await load;
  return killAt;
}

// Half of the inboxes are acknowledged to some point; the others are to survive one more crash,
// unless they come near the cap of an inbox.
async function inspect(
  server: Reference,
  tls: CertifiedKey,
  record: CrashRecord,
  random: Random,
  accounts: CrashRecord["accounts"],
): Promise<void> {
  const client = await connect(server.port, tls);
  await verify(record, client, accounts);
  for (const user of record.users) {
    const seqs = [...user.inbox.stored.keys()].sort((a, b) => (a < b ? -1 : 1));
    const [due, share] = [random() < 0.5 || seqs.length > MOST_KEPT, random()];
    const upTo = seqs[Math.floor(share * seqs.length)];
    if (due && upTo !== undefined) await acknowledge(record, client, user, upTo);
  }
  await client.close();
}

function pick(accounts: CrashRecord["accounts"]): CrashRecord["accounts"] {
  return accounts.slice(-LOGINS_PER_ROUND);
}

// The generator of Numerical Recipes; a kill needs no better one.
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a whole number above 0, not ${text}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
