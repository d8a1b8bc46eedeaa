// Endpoints: published by the owner of the key, resolved by everybody. Spec: services/p2p.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EndpointService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import { Status } from "../registry/statuses.ts";
import { type HostUser, openHost, refused } from "./contract/host.ts";

const { publishEndpoint, resolveEndpoint } = EndpointService.method;

const publish = (user: HostUser, nodeAddr: Uint8Array, identityKey = user.key) =>
  user.call(publishEndpoint, { identityKey, nodeAddr });
const resolve = async (user: HostUser, identityKey: Uint8Array) =>
  Buffer.from((await user.call(resolveEndpoint, { identityKey })).nodeAddr);

test("an address is resolved as published, until it is replaced or taken back", async (t) => {
  const host = await openHost(t);
  const [alice, bob] = [await host.user(1), await host.user(2)];
  const most = Buffer.alloc(LIMITS.nodeAddress.value, 7);
  assert.equal((await resolve(bob, alice.key)).length, 0);
  await publish(alice, most);
  assert.deepEqual(await resolve(bob, alice.key), most);
  const more = Buffer.concat([most, most.subarray(0, 1)]);
  await refused(publish(alice, more), Status.BadRequest, "p2p.address-size");
  await refused(publish(bob, Buffer.from("x"), alice.key), Status.Forbidden, "p2p.own-key");
  await publish(alice, Buffer.from("new"));
  assert.equal((await resolve(alice, alice.key)).toString(), "new");
  await publish(alice, Buffer.alloc(0));
  assert.equal((await resolve(bob, alice.key)).length, 0);
});
