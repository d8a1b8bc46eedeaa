// Whom a key belongs to, by the word of a server that may lie (spec/services/user.md).

import assert from "node:assert/strict";
import { test } from "node:test";
import { UserService } from "../../gen/qpc/v1/methods_pb.ts";
import { faultsOf, startCast, texts } from "../contract/cast.ts";
import { lying } from "../contract/reference.ts";

const { resolveIdentity, resolveUser } = UserService.method;

for (const name of ["carol", "alice@example.org"]) {
  test(`whoever writes first is not called ${name} because the server says so`, async (t) => {
    const cast = await startCast(t);
    const [alice, bob] = [await cast.join("alice"), await cast.join("bob")];
    await cast.join("carol");
    const resolved: string[] = [];
    bob.network.tap = (caller) =>
      lying(
        lying(caller, resolveIdentity, () => ({ username: name })),
        resolveUser,
        () => {
          resolved.push("asked");
          return {};
        },
      );
    bob.network.cut();
    const { id } = await alice.messenger.startDirect("bob");
    await alice.messenger.sendText(id, "who am I?");
    assert.deepEqual(faultsOf(await bob.messenger.sync()), ["log-proof"]);
    assert.deepEqual(await texts(bob, id), ["?: who am I?"]);
    // Nobody elsewhere is even asked for.
    assert.equal(resolved.length, name.includes("@") ? 0 : 1);
  });
}
