// The held part of the transparency log: appended in order, without gaps.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { key } from "../../storage/contract/harness.ts";
import { appendLeaves, leaves, logSize, remoteRoot, saveRemoteRoot } from "./log.ts";
import { openClientStore } from "./open.ts";

test("leaves come back by range, whatever the pieces they came in", async () => {
  const pieces = fc.array(fc.nat(5), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(40), fc.nat(40), async (sizes, start, end) => {
      const { database, close } = await openClientStore({ kind: "memory" });
      let size = 0;
      for (const more of sizes) {
        const piece = Array.from({ length: more }, (_, n) => key(size + n));
        await database.write(appendLeaves(size, piece));
        size += more;
        assert.equal(await database.read(logSize()), size);
      }
      const all = Array.from({ length: size }, (_, n) => key(n));
      assert.deepEqual(await database.read(leaves(start, end)), all.slice(start, end));
      await close();
    }),
    { numRuns: 30 },
  );
});

test("leaves that overlap or leave a gap are refused as a whole", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  await database.write(appendLeaves(0, [key(0), key(1)]));
  for (const start of [0, 1, 3]) {
    await assert.rejects(database.write(appendLeaves(start, [key(8), key(9)])), RangeError);
  }
  assert.deepEqual(await database.read(leaves(0, 10)), [key(0), key(1)]);
});

test("the root of another domain's log only grows", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  assert.equal(await database.read(remoteRoot("b.example")), undefined);
  for (const size of [5, 9, 7]) {
    await database.write(saveRemoteRoot("b.example", { size, root: key(size) }));
  }
  await database.write(saveRemoteRoot("c.example", { size: 1, root: key(1) }));
  assert.deepEqual(await database.read(remoteRoot("b.example")), { size: 9, root: key(9) });
});
