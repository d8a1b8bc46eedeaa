// What a group costs a client (spec/crypto/mls.md): its founder adds all others with one commit, and one of
// them joins. No server is involved.

import { nodeBackend } from "../src/crypto/backend/node.ts";
import type { GroupMember, Received } from "../src/crypto/mls/group-member.ts";
import {
  createMls,
  type Mls,
  type MlsIdentity,
  type OwnKeyPackage,
} from "../src/crypto/mls/mls.ts";
import { median, type Outcome, type Row } from "./outcome.ts";

/** Members, and how often each operation is repeated. */
const GROUPS = [
  { members: 2, times: 25 },
  { members: 10, times: 25 },
  { members: 100, times: 9 },
  { members: 1000, times: 3 },
] as const;

const PLAINTEXT = new Uint8Array(256).fill(0x5a);

/** Figures by the name of the row. */
type Figures = Readonly<Record<string, number>>;

/** benchMls answers milliseconds, medians of repetitions, and bytes; it tells its progress on stderr. */
export async function benchMls(): Promise<Outcome> {
  const mls = await createMls();
  const columns: Figures[] = [];
  for (const { members, times } of GROUPS) columns.push(await measure(mls, members, times));
  const [first = {}] = columns;
  return {
    columns: ["ms per call, or bytes", ...GROUPS.map(({ members }) => `${members} members`)],
    rows: Object.keys(first).map((name): Row => [name, ...columns.map((one) => one[name] ?? 0)]),
    findings: [
      "All but the founder were added by one commit and never sent, so the tree is nearly empty and an",
      "update names every one of them: the dearest case.",
    ],
    passed: true,
  };
}

async function measure(mls: Mls, members: number, times: number): Promise<Figures> {
  const now = Date.now();
  tell(`${members} members: key packages`);
  const packages: OwnKeyPackage[] = [];
  for (let index = 0; index < members; index++) {
    packages.push(await mls.generateKeyPackage(newIdentity(), now));
  }
  // The last package is for the member who comes later.
  const [own, ...others] = packages.slice(0, -1);
  const late = packages.at(-1);
  const founder = newIdentity();
  const alone = await mls.createGroup(nodeBackend.randomBytes(32), founder, now);
  if (!own || !late) throw new Error("a group has two members or more");

  const add = [own, ...others].map(({ keyPackage }) => keyPackage);
  const ms = stopwatch(members, times);
  const founding = await ms("commit that adds the others", () => alone.commit({ add }));
  const alice = founding.result.merge(alone);
  const { welcome } = founding.result;
  if (!welcome) throw new Error("there is no Welcome");
  const joining = await ms("join", () => mls.join(welcome, own.keyPackage, own.secret.slice()));
  const bob = joining.result;

  const adding = await ms("add one", () => alice.commit({ add: [late.keyPackage] }));
  const added = await ms("receive the add", () => receive(bob, adding.result.message));
  const updating = await ms("update", () => alice.commit());
  const updated = await ms("receive the update", () => receive(bob, updating.result.message));
  const sending = await ms("send 256 B", () => alice.send(PLAINTEXT));
  const received = await ms("receive 256 B", () => receive(bob, sending.result.message));
  const encoding = await ms("encode the state", () => alice.encode());
  const decoding = await ms("decode the state", () => mls.decode(encoding.result));
  return {
    "add all the others": founding.ms,
    "join by Welcome": joining.ms,
    "add one": adding.ms,
    "receive an add": added.ms,
    update: updating.ms,
    "receive an update": updated.ms,
    "send 256 B": sending.ms,
    "receive 256 B": received.ms,
    "encode the state": encoding.ms,
    "decode the state": decoding.ms,
    "bytes: Welcome for all": welcome.length,
    "bytes: update": updating.result.message.length,
    "bytes: message of 256 B": sending.result.message.length,
    "bytes: state": encoding.result.length,
  };
}

async function receive(member: GroupMember, message: Uint8Array): Promise<Received> {
  const received = await member.receive(message);
  if (received.kind === "proposal") throw new Error("nobody sent a proposal");
  return received;
}

/** stopwatch repeats an operation, which leaves no trace because members are immutable. */
function stopwatch(members: number, times: number) {
  return async <T>(name: string, operation: () => T | Promise<T>) => {
    tell(`${members} members: ${name}`);
    const taken: number[] = [];
    let result = await operation();
    for (let time = 0; time < times; time++) {
      const begun = performance.now();
      result = await operation();
      taken.push(performance.now() - begun);
    }
    return { ms: median(taken), result };
  };
}

function newIdentity(): MlsIdentity {
  const privateKey = nodeBackend.randomBytes(32);
  return { privateKey, publicKey: nodeBackend.ed25519.publicKey(privateKey) };
}

function tell(what: string): void {
  process.stderr.write(`mls: ${what}\n`);
}
