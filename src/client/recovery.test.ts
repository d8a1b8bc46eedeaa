// Recovery codes at the reference server: from a setup to a new machine, and with a server that answers
// something else.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sealRecoveryBundle } from "../crypto/client/recovery-bundle.ts";
import {
  formatRecoveryCode,
  newRecoverySecrets,
  parseRecoveryCode,
  recoveryKeys,
} from "../crypto/client/recovery-code.ts";
import { DeliveryService, RecoveryService } from "../gen/qpc/v1/methods_pb.ts";
import { Status } from "../registry/statuses.ts";
import type { Caller } from "../rpc/caller.ts";
import { createClient } from "./client.ts";
import { answering, flipped, lying, recording, startReference } from "./contract/reference.ts";
import { restoreAccount, setUpRecovery } from "./recovery.ts";
import { loadAccount } from "./store/account.ts";
import { openClientStore } from "./store/open.ts";
import { oldBundles } from "./store/recovery-bundles.ts";

const { fetchRecoveryBundle } = RecoveryService.method;

test("each of 8 codes brings the account to a new machine [recovery.clients-codes]", async (t) => {
  const { alice, machine, password } = await world(t);
  const codes = await setUpRecovery(alice, password);
  assert.equal(new Set(codes).size, 8);
  for (const code of codes.slice(0, 3)) {
    const there = await machine();
    const restored = await restoreAccount(there, code.toLowerCase().replaceAll("-", " "));
    const account = await there.database.read(loadAccount());
    assert.deepEqual(account, restored.account);
    assert.equal(account?.username, "alice");
    assert.deepEqual(Buffer.from(account?.identitySeed ?? []), alice.identity.privateKey);
    assert.equal(restored.password, password);
    // The connection is bound to a session of the account.
    const inbox = createClient(DeliveryService, there.caller);
    await inbox.fetch({ recipientKey: alice.identity.publicKey });
    const elsewhere = createClient(DeliveryService, (await machine()).caller, restored);
    await elsewhere.fetch({ recipientKey: alice.identity.publicKey });
  }
  await restoreAccount(await machine(), codes[7] ?? "");
});

test("the server sees ciphertext of one length", async (t) => {
  const { alice, reference, password } = await world(t);
  const codes = await setUpRecovery(alice, password);
  const bundles = await Promise.all(
    codes.map(async (code) => {
      const { tokenHash } = recoveryKeys(parseRecoveryCode(code));
      return (await reference.stores.recovery.fetch(tokenHash)) ?? assert.fail();
    }),
  );
  assert.deepEqual([...new Set(bundles.map(({ length }) => length))], [285]);
  for (const bundle of bundles) assert.ok(!Buffer.from(bundle).includes("alice"));
});

test("a new setup makes the codes before worthless, and no others", async (t) => {
  const { alice, machine, password } = await world(t);
  const [first = ""] = await setUpRecovery(alice, password);
  const [second = ""] = await setUpRecovery(alice, password);
  const gone = restoreAccount(await machine(), first);
  await assert.rejects(gone, { name: "CallError", status: Status.NotFound });
  await restoreAccount(await machine(), second);
});

test("a setup that breaks off leaves the old codes good, and is cleared away", async (t) => {
  const { alice, machine, password } = await world(t);
  const [first = ""] = await setUpRecovery(alice, password);
  // The reference server keeps 32 bundles of an account: what is left behind would soon fill them.
  for (let n = 1; n <= 8; n++) {
    const breaking = breakingAfter(alice.caller, 750, n);
    await assert.rejects(setUpRecovery({ ...alice, caller: breaking }, password), /broke/);
    assert.equal((await alice.database.read(oldBundles())).length, 8);
    await restoreAccount(await machine(), first);
  }
  const [last = ""] = await setUpRecovery(alice, password);
  assert.deepEqual(await alice.database.read(oldBundles()), []);
  await restoreAccount(await machine(), last);
  await assert.rejects(restoreAccount(await machine(), first), { status: Status.NotFound });
});

test("codes are shown though those before could not be deleted, which the next setup does", async (t) => {
  const { alice, machine, password } = await world(t);
  const [first = ""] = await setUpRecovery(alice, password);
  const breaking = breakingAfter(alice.caller, 752, 3);
  const codes = await setUpRecovery({ ...alice, caller: breaking }, password);
  assert.equal(codes.length, 8);
  for (const code of [codes[0] ?? "", codes[7] ?? ""]) await restoreAccount(await machine(), code);
  // The answer to the third deletion was lost: it is asked for once more.
  assert.equal((await alice.database.read(oldBundles())).length, 6);
  const [last = ""] = await setUpRecovery(alice, password);
  assert.deepEqual(await alice.database.read(oldBundles()), []);
  for (const code of [first, ...codes]) {
    await assert.rejects(restoreAccount(await machine(), code), { status: Status.NotFound });
  }
  await restoreAccount(await machine(), last);
});

test("a slip of the pen asks no server, and a code of nobody finds nothing", async (t) => {
  const { alice, machine, password } = await world(t);
  const [code = ""] = await setUpRecovery(alice, password);
  const there = await machine();
  const { caller, methods } = recording(there.caller);
  const slip = code.startsWith("0") ? `1${code.slice(1)}` : `0${code.slice(1)}`;
  for (const typed of [slip, code.slice(1), `${code}0`, "", "???"]) {
    const restoring = restoreAccount({ ...there, caller }, typed);
    await assert.rejects(restoring, { name: "RecoveryCodeError" });
  }
  assert.deepEqual(methods, []);
  const [stranger = new Uint8Array(0)] = newRecoverySecrets();
  const unknown = restoreAccount({ ...there, caller }, formatRecoveryCode(stranger));
  await assert.rejects(unknown, { name: "CallError", status: Status.NotFound });
  assert.equal(await there.database.read(loadAccount()), undefined);
});

test("a bundle that is another one is refused, and the store stays empty", async (t) => {
  const { alice, machine, password } = await world(t);
  const [code = "", next = ""] = await setUpRecovery(alice, password);
  const there = await machine();
  const secret = parseRecoveryCode(next);
  const server = createClient(RecoveryService, there.caller);
  const { bundle: other } = await server.fetchRecoveryBundle({
    recoveryToken: recoveryKeys(secret).token,
  });
  const lies: Record<string, (bundle: Uint8Array) => Uint8Array> = {
    "a flipped byte": (bundle) => flipped(bundle, 40),
    "another version": (bundle) => flipped(bundle),
    "a byte less": (bundle) => bundle.subarray(1),
    nothing: () => new Uint8Array(0),
    "that of another code": () => other,
  };
  for (const [name, lie] of Object.entries(lies)) {
    await t.test(name, async () => {
      const caller = lying(there.caller, fetchRecoveryBundle, ({ bundle }) => ({
        bundle: lie(bundle),
      }));
      const restoring = restoreAccount({ ...there, caller }, code);
      await assert.rejects(restoring, { name: "RecoveryBundleError" });
      assert.equal(await there.database.read(loadAccount()), undefined);
    });
  }
  await restoreAccount(there, code);
});

test("a bundle with another password or key opens no session", async (t) => {
  const { alice, machine, password } = await world(t);
  const [code = ""] = await setUpRecovery(alice, password);
  const there = await machine();
  const contents = { username: "alice", identitySeed: alice.identity.privateKey, password };
  for (const change of [{ password: "another" }, { identitySeed: new Uint8Array(32).fill(7) }]) {
    const bundle = sealRecoveryBundle(parseRecoveryCode(code), { ...contents, ...change });
    const caller = answering(there.caller, fetchRecoveryBundle, () => ({ bundle }));
    const restoring = restoreAccount({ ...there, caller }, code);
    await assert.rejects(restoring, { name: "AuthError", fault: "refused" });
    assert.equal(await there.database.read(loadAccount()), undefined);
  }
});

test("a wrong password makes no codes, and leaves those from before", async (t) => {
  const { alice, machine, password } = await world(t);
  const [code = ""] = await setUpRecovery(alice, password);
  const refused = { name: "AuthError", fault: "refused" };
  await assert.rejects(setUpRecovery(alice, `${password}?`), refused);
  assert.deepEqual(await alice.database.read(oldBundles()), []);
  await restoreAccount(await machine(), code);
});

test("no account is replaced by another", async (t) => {
  const { alice, password } = await world(t);
  const [code = ""] = await setUpRecovery(alice, password);
  const { caller, methods } = recording(alice.caller);
  await assert.rejects(restoreAccount({ ...alice, caller }, code), RangeError);
  assert.deepEqual(methods, []);
});

async function world(t: TestContext) {
  const reference = await startReference(t);
  const alice = await reference.signUp("alice");
  return {
    reference,
    alice,
    password: alice.password,
    /** machine is a new one: an empty store and a connection without a session. */
    async machine() {
      const store = await openClientStore({ kind: "memory" });
      t.after(() => store.close());
      return { caller: await reference.connect(), database: store.database };
    },
  };
}

/** breakingAfter loses the answer to a call of the method, and all after it. */
function breakingAfter(caller: Caller, method: number, number: number): Caller {
  let calls = 0;
  return {
    ...caller,
    async call(methodId, payload, signal) {
      const reply = await caller.call(methodId, payload, signal);
      if (methodId === method) calls += 1;
      if (calls >= number) throw new Error("the connection broke");
      return reply;
    },
  };
}
