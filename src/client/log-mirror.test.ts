// The mirror of the log: pages of any size, a log that grows, and one that lies in one thing at a time.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { MerkleTree } from "../crypto/kt/tree.ts";
import type { AuditKeyTransparencyResponse as Page } from "../gen/qpc/v1/keys_pb.ts";
import { KeyTransparencyService, UserService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { createClient } from "./client.ts";
import {
  appendBinding,
  assertFault,
  auditing,
  directoryOf,
  resolving,
  stateOf,
  strangeLog,
  treeOf,
} from "./contract/logs.ts";
import {
  answering,
  flipped,
  lying,
  type Person,
  recording,
  startReference,
} from "./contract/reference.ts";
import { newIdentity } from "./identity.ts";
import { openClientStore } from "./store/open.ts";

const { auditKeyTransparency } = KeyTransparencyService.method;

test("the log is read on from where it was [kt.clients-consistency]", async (t) => {
  const { reference, bob } = await world(t);
  const starts: bigint[] = [];
  const caller = lying(bob.caller, auditKeyTransparency, ({ entries: [first] }) => {
    starts.push(first?.index ?? -1n);
    return {};
  });
  const directory = directoryOf(bob, { caller });
  await directory.resolve("alice");
  await reference.enrol("dave");
  await directory.resolve("dave");
  await directory.resolve("dave");
  // Another directory goes on from the store.
  await reference.enrol("erin");
  await directoryOf(bob, { caller }).resolve("alice");
  assert.deepEqual(starts, [0n, 3n, -1n, 4n]);
  assert.equal((await stateOf(bob)).held.length, 5);
});

test("every size of page that a server may choose leads to the same log [kt.pages]", async (t) => {
  const { reference, bob } = await world(t);
  for (const name of ["d", "e", "f", "g", "h"]) await reference.enrol(name);
  for (const most of [1, 2, 3, 5, 100]) {
    const caller = inPages(bob.caller, most);
    const { methods, caller: counted } = recording(caller);
    const fresh = await withoutState(t, bob);
    const { size } = await directoryOf(fresh, { caller: counted }).audit();
    assert.equal(size, 8);
    assert.equal(methods.length, Math.ceil(8 / most));
    assert.equal((await stateOf(fresh)).held.length, 8);
  }
});

test("the log may grow while it is read (I-20)", async (t) => {
  const { reference, bob } = await world(t);
  const paged = inPages(bob.caller, 1);
  let grown = 0;
  const caller: Caller = {
    ...paged,
    async call(methodId, payload, signal) {
      if (methodId === 520 && grown < 2) await reference.enrol(`later-${grown++}`);
      return paged.call(methodId, payload, signal);
    },
  };
  await directoryOf(bob, { caller }).resolve("alice");
  assert.equal((await stateOf(bob)).held.length, 4);
  await directoryOf(bob).audit();
  assert.equal((await stateOf(bob)).held.length, 5);
});

test("an audit alone answers size and root", async (t) => {
  const { bob } = await world(t);
  const { size, root } = await directoryOf(bob).audit();
  const { held, contacts } = await stateOf(bob);
  assert.deepEqual([size, root, contacts], [3, treeOf(held).root(), []]);
});

test("a broken page is refused, and nothing is stored", async (t) => {
  const { bob } = await world(t);
  const lies: Record<string, (page: Page, call: number) => Partial<Page>> = {
    "no leaves": () => ({ entries: [] }),
    "no leaves the second time": ({ entries }, call) => ({
      entries: call === 0 ? entries.slice(0, 1) : [],
    }),
    "a leaf of 31 bytes": ofFirst(({ leafHash }) => ({ leafHash: leafHash.subarray(1) })),
    "a first leaf that was not asked for": ofFirst(() => ({ index: 1n })),
    "a gap": ({ entries }) => ({ entries: entries.toSpliced(1, 1) }),
    "a leaf twice": ({ entries }) => ({ entries: [...entries.slice(0, 1), ...entries] }),
    "a wrong order": ({ entries }) => ({ entries: entries.toReversed() }),
    "more leaves than the log has": ({ entries: [first = assert.fail(), ...rest] }) => ({
      entries: [first, ...rest, { ...first, index: 3n }],
    }),
    "more leaves than this client holds": () => ({ treeSize: 2n ** 63n }),
    "as many leaves as the size says, which the server does not have": ({ treeSize }) => ({
      treeSize: treeSize + 1n,
    }),
  };
  const before = await stateOf(bob);
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const caller = lying(bob.caller, auditKeyTransparency, lie);
      await assertFault(directoryOf(bob, { caller }), "alice", "log-proof");
      assert.deepEqual(await stateOf(bob), before);
    });
  }
  await t.test("a log that is larger than this client holds", async () => {
    await assertFault(directoryOf(bob, { largestLog: 2 }), "alice", "log-proof");
    assert.deepEqual(await stateOf(bob), before);
  });
  await t.test("the truth", async () => {
    await directoryOf(bob, { largestLog: 3 }).resolve("alice");
  });
});

test("pages of one leaf for ever are refused, and nothing is stored", async (t) => {
  const { bob } = await world(t);
  const { caller: most, methods } = recording(leafByLeaf(bob.caller, strangeLog(10_000)));
  await directoryOf(await withoutState(t, bob), { caller: most }).audit();
  assert.equal(methods.length, 10_000);
  const fresh = await withoutState(t, bob);
  const caller = leafByLeaf(bob.caller, strangeLog(10_001));
  await assert.rejects(directoryOf(fresh, { caller }).audit(), {
    fault: "log-proof",
    message: /more than 10000 pages/,
  });
  assert.equal((await stateOf(fresh)).held.length, 0);
});

test("a signal ends the reading of a log between two pages", async (t) => {
  const { bob } = await world(t);
  const fresh = await withoutState(t, bob);
  const stop = new AbortController();
  const deaf = leafByLeaf(bob.caller, strangeLog(100), (start) => {
    if (start === 7) stop.abort(new Error("enough"));
  });
  const { caller, methods } = recording(deaf);
  const auditing = directoryOf(fresh, { caller }).audit({ signal: stop.signal });
  await assert.rejects(auditing, /enough/);
  assert.equal(methods.length, 8);
  assert.equal((await stateOf(fresh)).held.length, 0);
});

test("a log that shrank is refused, and nothing is stored", async (t) => {
  const { bob, reference } = await world(t);
  const early = await createClient(UserService, bob.caller).resolveUser({ username: "alice" });
  await reference.enrol("dave");
  const directory = directoryOf(bob);
  await directory.resolve("alice");
  const before = await stateOf(bob);

  await t.test("in the proof", async () => {
    const caller = resolving(bob.caller, early);
    await assertFault(directoryOf(bob, { caller }), "alice", "log-shrunk");
  });
  const shorter = ({ treeSize }: Page) => ({ treeSize: treeSize - 1n });
  await t.test("in the audit, which is behind the proof", async () => {
    const caller = lying(bob.caller, auditKeyTransparency, shorter);
    await assertFault(directoryOf(bob, { caller }), "alice", "log-shrunk");
    await assert.rejects(directoryOf(bob, { caller }).audit(), { fault: "log-shrunk" });
  });
  await t.test("so far that the audit has no such start", async () => {
    const { caller } = await (await startReference(t)).signUp("alice");
    await assert.rejects(directoryOf(bob, { caller }).audit(), { fault: "log-shrunk" });
  });
  await t.test("between two pages", async () => {
    const caller = lying(inPages(bob.caller, 1), auditKeyTransparency, (page, call) =>
      call === 1 ? shorter(page) : {},
    );
    await assertFault(directoryOf(await withoutState(t, bob), { caller }), "alice", "log-shrunk");
  });
  assert.deepEqual(await stateOf(bob), before);
  await directory.resolve("alice");
});

test("a log that forked is refused, and nothing is stored", async (t) => {
  const { bob, reference } = await world(t);
  const directory = directoryOf(bob);
  await directory.resolve("alice");
  const before = await stateOf(bob);
  await reference.enrol("dave");
  const otherLeaf = ofFirst(({ leafHash }) => ({ leafHash: flipped(leafHash) }));
  const otherRoot = ({ root }: Page) => ({ root: flipped(root) });

  await t.test("a leaf that has been another", async () => {
    const caller = lying(bob.caller, auditKeyTransparency, otherLeaf);
    await assertFault(directoryOf(bob, { caller }), "alice", "log-forked");
    await assertFault(directoryOf(await withoutState(t, bob), { caller }), "alice", "log-forked");
  });
  await t.test("another root", async () => {
    const caller = lying(bob.caller, auditKeyTransparency, otherRoot);
    await assertFault(directoryOf(bob, { caller }), "alice", "log-forked");
    await assert.rejects(directoryOf(bob, { caller }).audit(), { fault: "log-forked" });
  });
  await t.test("another root from page to page", async () => {
    const caller = lying(inPages(bob.caller, 1), auditKeyTransparency, (page, call) =>
      call === 1 ? otherRoot(page) : {},
    );
    await assertFault(directoryOf(await withoutState(t, bob), { caller }), "alice", "log-forked");
  });
  await t.test("another log, sound in itself, with the binding in it", async () => {
    const log = strangeLog(4);
    const answer = appendBinding(log, "alice", newIdentity().publicKey);
    const caller = auditing(resolving(bob.caller, answer), log);
    await assertFault(directoryOf(bob, { caller }), "alice", "log-forked");
    // Whoever holds nothing cannot know.
    await directoryOf(await withoutState(t, bob), { caller }).resolve("alice");
  });
  await t.test("a proof of another log than that of the audit", async () => {
    const caller = resolving(
      bob.caller,
      appendBinding(strangeLog(2), "alice", bob.identity.publicKey),
    );
    await assertFault(directoryOf(await withoutState(t, bob), { caller }), "alice", "log-forked");
  });
  assert.deepEqual(await stateOf(bob), before);
  await directory.resolve("alice");
});

test("a fault leaves the directory with the log that it held", async (t) => {
  const { bob, reference } = await world(t);
  let lies = false;
  const caller = lying(bob.caller, auditKeyTransparency, (page) =>
    lies ? ofFirst(({ leafHash }) => ({ leafHash: flipped(leafHash) }))(page) : {},
  );
  const directory = directoryOf(bob, { caller });
  await directory.resolve("alice");
  await reference.enrol("dave");
  lies = true;
  await assertFault(directory, "dave", "log-forked");
  lies = false;
  await directory.resolve("dave");
  assert.equal((await stateOf(bob)).held.length, 4);
});

test("a refusal of the server is no fault of its log", async (t) => {
  const { bob } = await world(t);
  const directory = directoryOf(bob);
  for (const status of [Status.BadRequest, Status.Unavailable]) {
    const refusing: Caller = {
      ...bob.caller,
      call: async () => ({ status, payload: new Uint8Array(0) }),
    };
    const refused = directoryOf(bob, { caller: refusing }).audit();
    await assert.rejects(refused, { name: "CallError", status });
  }
  await directory.resolve("alice");
});

/** world has alice, bob and carol on one server. */
async function world(t: TestContext) {
  const reference = await startReference(t);
  await reference.enrol("alice");
  const bob = await reference.signUp("bob");
  await reference.enrol("carol");
  return { reference, bob };
}

/** withoutState is a person whose client holds nothing. */
async function withoutState(t: TestContext, person: Person): Promise<Person> {
  const store = await openClientStore({ kind: "memory" });
  t.after(() => store.close());
  return { ...person, store, database: store.database };
}

/** inPages is a server that returns no more than so many leaves at a time. */
function inPages(caller: Caller, most: number): Caller {
  return lying(caller, auditKeyTransparency, ({ entries }) => ({
    entries: entries.slice(0, most),
  }));
}

/** leafByLeaf is a server whose audits are of this log, a leaf at a time; it knows of no signal. */
function leafByLeaf(caller: Caller, log: MerkleTree, onPage = (_start: number) => {}): Caller {
  const state = { treeSize: BigInt(log.size), root: log.root() };
  const answer = answering(caller, auditKeyTransparency, ({ start }) => {
    onPage(Number(start));
    const leafHash = log.leaf(Number(start));
    const entry = { $typeName: "qpc.v1.LogEntry", index: start, leafHash } as const;
    return { ...state, entries: [entry] };
  });
  return { ...caller, call: (methodId, payload) => answer.call(methodId, payload) };
}

function ofFirst(change: (entry: Page["entries"][number]) => Partial<Page["entries"][number]>) {
  return ({ entries: [first = assert.fail(), ...rest] }: Page) => ({
    entries: [{ ...first, ...change(first) }, ...rest],
  });
}
