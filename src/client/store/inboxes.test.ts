// Cursors: the highest seq, whatever the order. Spec: client/client.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { device } from "../../storage/contract/harness.ts";
import { cursor, setCursor } from "./inboxes.ts";
import { openClientStore } from "./open.ts";

const DEFAULT = new Uint8Array(0);

test("a cursor is the highest seq that was ever set, of its inbox alone", async () => {
  const seqs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(seqs, async (all) => {
      const { database, close } = await openClientStore({ kind: "memory" });
      let highest = 0n;
      for (const seq of all) {
        await database.write(setCursor(DEFAULT, seq));
        if (seq > highest) highest = seq;
        assert.equal(await database.read(cursor(DEFAULT)), highest);
      }
      assert.equal(await database.read(cursor(device(1))), 0n);
      await close();
    }),
    { numRuns: 30 },
  );
});

test("what is no 64-bit number is refused", async () => {
  const { database } = await openClientStore({ kind: "memory" });
  for (const seq of [-1n, 2n ** 64n]) {
    await assert.rejects(database.write(setCursor(DEFAULT, seq)), RangeError);
  }
});
