// Series of calls of every method against the composed services and real stores in memory: whatever is
// asked in whatever order, each call is answered with a status that its method declares, and soon.

import assert from "node:assert/strict";
import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import { FAMILIES } from "../../src/registry/families.ts";
import { METHODS } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import {
  type Host,
  type HostClient,
  type HostUser,
  openHost,
  Refused,
} from "../../src/services/contract/host.ts";
import { AccountGone } from "../../src/storage/stores.ts";
import {
  type Caller,
  createKnown,
  type Known,
  keyOf,
  RECORD,
  readProgram,
  type Step,
  USERS,
} from "../call-program.ts";
import { createRandom } from "../random.ts";
import type { Target } from "../target.ts";

/** Nothing waits longer than the wait of FetchWait, which is short here. */
const WAIT_MS = 5;
const HANG_MS = 10_000;
const MOST_STEPS = 200;

const ADMIN = 9;
const OPERATOR_TOKEN = "operator of the fuzz target";

export const calls: Target = {
  name: "calls",
  covers: [
    ...FAMILIES.flatMap((family) => [
      `/src/services/${family}.ts`,
      `/src/storage/sql/${family}.ts`,
    ]),
    ...["/src/services/posting.ts", "/src/storage/sql/inboxes.ts", "/src/rpc/access.ts"],
  ],
  seeds: () => [
    ...STORIES.map(program),
    ...[...METHODS.keys()].flatMap((index) => [callTwice(index), series(index)]),
  ],
  async run(input) {
    const ends: (() => unknown)[] = [];
    try {
      const host = await openHost(
        { after: (end: unknown) => ends.push(end as () => unknown) },
        { waitCapMs: WAIT_MS, admins: [ADMIN], operatorToken: OPERATOR_TOKEN },
      );
      await play(host, input);
    } finally {
      for (const end of ends) await end();
    }
  },
};

async function play(host: Host, input: Uint8Array): Promise<void> {
  for (const { number, username } of USERS) {
    const user = { username, record: RECORD, identityKey: keyOf(number) };
    await host.stores.users.register(user, new Uint8Array(32), host.clock.now());
  }
  const users: (HostUser | undefined)[] = await Promise.all(
    USERS.map(({ number }) => host.user(number)),
  );
  const others = strangers(host);
  const known = createKnown();
  const pending: Promise<void>[] = [];
  let steps = 0;
  for (const step of readProgram(input, known)) {
    if (++steps > MOST_STEPS) break;
    if (step.kind === "advance") host.clock.advance(step.ms);
    else if (step.kind === "log-in") {
      users[step.user] = (await logIn(host, step.user)) ?? users[step.user];
    } else {
      const { caller } = step;
      const client = typeof caller === "number" ? users[caller] : others[caller];
      const answered = settles(step, client as HostClient, known);
      if (step.alone) await answered;
      else pending.push(answered);
      // It is awaited below, unless another one fails first.
      answered.catch(() => {});
    }
  }
  await Promise.all(pending);
}

/** logIn answers undefined for a deleted account, which nobody can log in to. */
async function logIn(host: Host, user: number): Promise<HostUser | undefined> {
  try {
    return await host.user(USERS[user]?.number ?? 0);
  } catch (error) {
    if (error instanceof AccountGone) return undefined;
    throw error;
  }
}

/** Those without an account: nobody, the operator, and another server. */
function strangers(host: Host): Record<Exclude<Caller, number>, HostClient> {
  const token = Buffer.from(OPERATOR_TOKEN);
  const auth = Buffer.concat([Buffer.of(0x0a, token.length), token]);
  const data = Buffer.concat([Buffer.of(auth.length), auth]);
  const nobody = host.connect();
  const operator: HostClient = {
    ...nobody,
    call: (method, request, gone) =>
      nobody.call(
        method,
        { ...request, $unknown: [{ no: 15, wireType: 2, data }] } as unknown as typeof request,
        gone,
      ),
  };
  const peer = host.connect();
  Object.assign(peer.connection, { peerDomain: "b.test" });
  return { nobody, operator, peer };
}

async function settles(
  { method, request }: Extract<Step, { kind: "call" }>,
  client: HostClient,
  known: Known,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${method.name} hangs`)), HANG_MS);
  const unary = method.descriptor as DescMethod & { input: DescMessage; output: DescMessage };
  try {
    const answer = await Promise.race([client.call(unary, request as never), late.promise]);
    remember(answer, known);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    assert.notEqual(error.status, Status.Internal, method.name);
  } finally {
    clearTimeout(timer);
  }
}

function remember(value: unknown, known: Known): void {
  if (value instanceof Uint8Array) known.add(value);
  else if (Array.isArray(value)) for (const one of value.slice(0, 4)) remember(one, known);
  else if (typeof value === "object" && value !== null) {
    for (const one of Object.values(value)) remember(one, known);
  }
}

/** Calls by the administrator that build on each other: per field whether it is there, and which value it has. */
const STORIES: readonly (readonly (readonly [
  method: string,
  ...fields: (readonly number[])[],
])[])[] = [
  [
    ["CreateChannel", [0], [200, 1], [1, 1, 1]],
    ["UpdateGroupMetadata", [200, 1], [1, 1], [1, 0], [0]],
    ["ListGroupMembers", [200, 1], [0], [0]],
    ["RotateKeys", [200, 1]],
    ["RemoveMember", [200, 1], [1, 1]],
    ["ListGroupMembers", [200, 1], [0], [0]],
  ],
  [
    ["UploadBlob", [200, 1], [1, 1], [1, 1], [1, 1], [0]],
    ["DownloadBlob", [200, 1], [0], [0]],
    ["DeleteAccount"],
    ["DownloadBlob", [200, 1], [0], [0]],
  ],
  [
    ["RegisterDevice", [200, 1], [1, 1]],
    ["Enqueue", [200, 0], [1, 1], [0], [0], [0]],
    ["Fetch", [200, 1], [0], [0], [200, 1]],
    ["Ack", [200, 1], [0], [1, 1], [200, 1]],
    ["RevokeDevice", [200, 1]],
  ],
  [
    // Numbers that only just fit 64 bits, signed and unsigned.
    ["ReportMessage", [1, 1], [1, 1], [0], [0], [1, 10]],
    ["ListReports", [0], [0]],
    ["ListReports", [0], [1, 11]],
    ["BanUser", [1, 1], [0], [0], [1, 11]],
    ["ListBanned", [0], [0], [0]],
    ["AuditKeyTransparency", [1, 11], [1, 11]],
  ],
];

function program(story: (typeof STORIES)[number]): Uint8Array {
  return Uint8Array.from(
    story.flatMap(([name, ...fields]) => {
      const index = METHODS.findIndex((method) => method.name === name);
      return [index, 2, ...fields.flat()];
    }),
  );
}

function callTwice(index: number): Uint8Array {
  const fields = [1, 0, 1, 0, 1, 1, 1, 0, 1, 1];
  return Uint8Array.from([index, 0, ...fields, index, 1, ...fields]);
}

/** Calls of methods near each other in the table, until the bytes end. */
function series(index: number): Uint8Array {
  const random = createRandom(index);
  const piece = () => [
    index + random(8),
    random(256),
    ...Array.from({ length: 10 }, () => random(256)),
  ];
  return Uint8Array.from(Array.from({ length: 20 }, piece).flat());
}
