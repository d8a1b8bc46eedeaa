import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AsyncQueue } from "./queue.ts";

describe("AsyncQueue", () => {
  it("gives each item to one consumer, in order, whoever came first", async () => {
    const queue = new AsyncQueue<number>();
    const waiting = queue.items().next();
    for (const item of [1, 2, 3]) queue.push(item);
    assert.equal(queue.length, 2);
    assert.deepEqual(await waiting, { done: false, value: 1 });
    const [one, other] = [queue.items(), queue.items()];
    assert.equal((await one.next()).value, 2);
    assert.equal((await other.next()).value, 3);
  });

  it("gives out what is left before it ends", async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.end();
    queue.push(2);
    const items = queue.items();
    assert.equal((await items.next()).value, 1);
    assert.equal((await items.next()).done, true);
  });

  it("ends those who wait", { timeout: 2000 }, async () => {
    const queue = new AsyncQueue<number>();
    const waiting = [queue.items().next(), queue.items().next()];
    queue.end();
    for (const { done } of await Promise.all(waiting)) assert.ok(done);
  });

  it("keeps the rest for the next consumer when a loop is left", async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.push(2);
    for await (const item of queue.items()) {
      assert.equal(item, 1);
      break;
    }
    assert.equal((await queue.items().next()).value, 2);
  });
});
