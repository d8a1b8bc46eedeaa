// The coverage-guided loop: it finds what chance would not, repeats itself under a seed, and every
// target survives a short run.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { coverageLoop } from "./coverage-loop.ts";
import { mutate } from "./mutate.ts";
import { createRandom } from "./random.ts";
import type { Target } from "./target.ts";
import { ALL_TARGETS } from "./targets/all.ts";
import { calls } from "./targets/calls.ts";

const folder = mkdtempSync(join(tmpdir(), "qpc-fuzz-"));
after(() => rmSync(folder, { recursive: true }));

/** A fault behind three bytes, each of which only coverage tells from a wrong one. */
const planted: Target = {
  name: "planted",
  covers: ["/fuzz/coverage-loop.test.ts"],
  seeds: () => [new Uint8Array(3)],
  async run([a, b, c]) {
    if (a === 0x71) {
      if (b === 0x70) {
        if (c === 0x63) throw new Error("the planted fault");
      }
    }
  },
};

test("a fault behind nested branches is found and kept", async () => {
  const corpus = join(folder, "planted");
  const { crash, runs } = await coverageLoop(planted, { seconds: 60, seed: 1, corpus });
  assert.match(String(crash?.error), /planted fault/, `not found in ${runs} runs`);
  assert.ok(readdirSync(corpus).some((name) => name.startsWith("crash-")));
});

for (const target of ALL_TARGETS) {
  test(`${target.name} survives a short run`, async () => {
    const corpus = join(folder, target.name);
    // A run of calls opens stores and makes dozens of calls.
    const [seconds, least] = target === calls ? [4, 3] : [0.4, 10];
    const { runs, blocks, crash } = await coverageLoop(target, { seconds, seed: 1, corpus });
    assert.equal(crash, undefined);
    assert.ok(runs > least, `${runs} runs`);
    assert.ok(blocks > 10, `${blocks} blocks: the sources to cover were not found`);
  });
}

test("a seed repeats its mutations, and they stay within bounds", () => {
  const series = (seed: number) => {
    const random = createRandom(seed);
    const made: string[] = [];
    let input: Uint8Array = Uint8Array.of(1, 2, 3);
    for (let n = 0; n < 300; n++) {
      input = mutate(input, Uint8Array.of(9, 8, 7, 6), random);
      assert.ok(input.length <= 4096);
      made.push(Buffer.from(input).toString("hex"));
    }
    return made;
  };
  assert.deepEqual(series(5), series(5));
  assert.notDeepEqual(series(5), series(6));
});
