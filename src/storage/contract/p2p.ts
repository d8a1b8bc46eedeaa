// Contract of node addresses. Spec: services/p2p.md; S-07.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Backend, bytes, key, NOW, withStores } from "./harness.ts";

export function endpointsContract(backend: Backend): void {
  describe("endpoints", () => {
    test("one address per identity: the last one, and none after an empty one", () =>
      withStores(backend, async ({ endpoints }) => {
        assert.equal(await endpoints.resolve(key(1)), undefined);
        await endpoints.publish(key(1), bytes(40, 1), NOW);
        await endpoints.publish(key(2), bytes(4096, 2), NOW);
        await endpoints.publish(key(1), bytes(7, 3), NOW + 1);
        assert.deepEqual(await endpoints.resolve(key(1)), bytes(7, 3));
        assert.deepEqual(await endpoints.resolve(key(2)), bytes(4096, 2));
        await endpoints.publish(key(1), new Uint8Array(0), NOW + 2);
        await endpoints.publish(key(3), new Uint8Array(0), NOW + 2);
        for (const none of [1, 3]) assert.equal(await endpoints.resolve(key(none)), undefined);
        assert.deepEqual(await endpoints.resolve(key(2)), bytes(4096, 2));
      }));
  });
}
