// Addresses as rate limits count them.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { networkOf } from "./network.ts";

test("an IPv4 address is its own network", () => {
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
  assert.equal(networkOf("memory"), "memory");
});

test("the last 64 bits of an IPv6 address do not count, however it is written", () => {
  for (const host of [
    "2001:db8:1:2:3:4:5:6",
    "2001:db8:1:2::",
    "2001:0DB8:0001:0002::1",
    "2001:db8:1:2::192.0.2.1",
    "2001:db8:1:2::7%eth0",
  ]) {
    assert.equal(networkOf(host), "2001:db8:1:2::/64", host);
  }
  assert.equal(networkOf("2001:db8:1:3::1"), "2001:db8:1:3::/64");
  assert.equal(networkOf("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(networkOf("::1"), "0:0:0:0::/64");
});

test("two addresses count as one when their first four groups are the same", () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const address = fc.array(group, { minLength: 8, maxLength: 8 });
  const spell = (groups: readonly number[]) => groups.map((one) => one.toString(16)).join(":");
  fc.assert(
    fc.property(address, address, (a, b) => {
      const moved = [...a.slice(0, 4), ...b.slice(4)];
      assert.equal(networkOf(spell(a)), networkOf(spell(moved)));
      const same = spell(a.slice(0, 4)) === spell(b.slice(0, 4));
      assert.equal(networkOf(spell(a)) === networkOf(spell(b)), same);
    }),
  );
});
