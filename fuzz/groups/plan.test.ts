import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fewest, founders, MOST_RESTARTS, type Operation, plan } from "./plan.ts";

const EIGHT = { members: 8, operations: 500 };

test("a seed repeats its plan, another has another", () => {
  assert.deepEqual(plan({ seed: 3, ...EIGHT }), plan({ seed: 3, ...EIGHT }));
  assert.notDeepEqual(plan({ seed: 3, ...EIGHT }), plan({ seed: 4, ...EIGHT }));
});

test("a plan has every kind of operation, some of them at once", () => {
  const steps = plan({ seed: 1, ...EIGHT });
  const kinds = countKinds(steps.flatMap(({ operations }) => operations));
  for (const kind of ["send", "update", "add", "remove", "leave", "offline", "online"]) {
    assert.ok((kinds.get(kind) ?? 0) >= 10, `${kind}: ${kinds.get(kind)}`);
  }
  assert.equal(kinds.get("restart"), 3);
  assert.equal(kinds.get("restart-server"), 2);
  assert.ok(steps.some(({ operations }) => operations.length > 2));
});

test("a plan has as many operations as it was asked for, and no more restarts than allowed", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.integer({ min: 3, max: 12 }),
      fc.integer({ min: 1, max: 300 }),
      (seed, members, operations) => {
        const all = plan({ seed, members, operations }).flatMap((step) => step.operations);
        assert.equal(all.length, operations);
        const restarts = all.filter(({ kind }) => kind.startsWith("restart"));
        assert.ok(restarts.length <= MOST_RESTARTS);
        const texts = all.flatMap((one) => (one.kind === "send" ? [one.text] : []));
        assert.equal(new Set(texts).size, texts.length);
      },
    ),
    { numRuns: 50 },
  );
});

test("the intended group keeps its fewest members, and nobody is added or removed twice in a step", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const inside = new Set(founders(EIGHT.members));
    for (const { operations } of plan({ seed, ...EIGHT })) {
      const moved = operations.flatMap(movedBy);
      assert.equal(new Set(moved).size, moved.length);
      for (const operation of operations) {
        for (const member of movedBy(operation)) {
          if (operation.kind === "add") inside.add(member);
          else inside.delete(member);
        }
      }
      assert.ok(inside.size >= fewest(EIGHT.members));
    }
  }
});

function movedBy(operation: Operation): readonly number[] {
  if (operation.kind === "leave") return [operation.actor];
  return operation.kind === "add" || operation.kind === "remove" ? [operation.target] : [];
}

function countKinds(operations: readonly Operation[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of operations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
