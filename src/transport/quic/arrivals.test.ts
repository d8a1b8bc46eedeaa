import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Arrivals } from "./arrivals.ts";

describe("Arrivals", () => {
  it("calls every id new once, in whatever order they come", () => {
    const ids = fc.array(fc.nat({ max: 50 }).map((number) => 3 + number * 4));
    fc.assert(
      fc.property(ids, (order) => {
        const arrivals = new Arrivals(3);
        const seen = new Set<number>();
        for (const id of order) {
          assert.equal(arrivals.isNew(id), !seen.has(id));
          seen.add(id);
        }
      }),
    );
  });
});
