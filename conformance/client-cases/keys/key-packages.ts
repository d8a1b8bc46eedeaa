// KeyPackages that a server hands out instead of a good one (spec/services/keys.md, Clients).

import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import type { ErrorClass } from "../../adapter/protocol.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { lie } from "../../hostile/world/bends.ts";
import { forgeKeyPackage } from "../../hostile/world/forged-key-package.ts";
import { join, type Person } from "../../hostile/world/person.ts";
import { inboxOf, same } from "../../hostile/world/state.ts";
import { arrive, type Guest, OPS, textsOf } from "../room.ts";
import { DAY_S, LIES, now } from "./wrong-packages.ts";

const { fetchKeyPackage } = KeyService.method;

const REJECTED: readonly ErrorClass[] = ["mls.reject"];

/** nothingWent checks that nothing has been sent to somebody. */
function nothingWent({ trial, world }: Guest, to: Person): void {
  const { messages } = inboxOf(world.state, to.identityKey, new Uint8Array(0));
  trial.check("nothing-sent", messages.length === 0, {
    expected: `no message for ${to.username}`,
    got: `${messages.length} messages`,
  });
}

/** begins checks that a conversation with Bob begins, and that he reads what is said. */
async function begins({ trial, alice }: Guest, bob: Person, id = "honest-afterwards") {
  const channel = await alice.createChannel(bob.username);
  const sent = await alice.send(channel, "hello");
  const texts = textsOf(await bob.read());
  trial.check(id, texts.includes("hello"), {
    expected: 'Bob reads "hello"',
    got: `${JSON.stringify(sent)}; ${JSON.stringify(texts)}`,
  });
}

const TWIN = "client-keys.package.honest";

const IDENTITY = "keys.clients-identity";

const lies = LIES.map(({ id, rule, sends, classes = REJECTED, make }) =>
  defineClientCase({
    id: `client-keys.package.${id}`,
    rules: rule ? [rule, IDENTITY] : [IDENTITY],
    sends: `${sends}, in answer to FetchKeyPackage`,
    expects: "err mls.reject, nothing sent, and a conversation when the server is honest again",
    checks: ["answer", "nothing-sent", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.begin,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const bob = await join(guest.world, "bob");
      const mallory = await join(guest.world, "mallory");
      const made = await make({ bob, mallory });
      const undo = lie(guest.world, fetchKeyPackage, () => ({ package: made }));
      trial.refused(await guest.alice.ask("channel.create", { peer: "bob" }), classes);
      nothingWent(guest, bob);
      undo();
      await begins(guest, bob);
    },
  }),
);

export const keyPackageCases: readonly ClientCase[] = [
  ...lies,

  defineClientCase({
    id: TWIN,
    rules: ["keys.clients-identity"],
    sends: "a good KeyPackage of Bob in answer to FetchKeyPackage",
    expects: "a Welcome for it, and a message that Bob reads",
    checks: ["answer"],
    ops: OPS.begin,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      await begins(guest, await join(guest.world, "bob"), "answer");
    },
  }),

  defineClientCase({
    id: "client-keys.package.lifetime-84-days",
    rules: ["mls.lifetime-check"],
    sends: "a KeyPackage with a lifetime of 84 days, as libraries give",
    expects: "a Welcome for it, and a message that Bob reads",
    checks: ["answer"],
    ops: OPS.begin,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const bob = await join(guest.world, "bob", { keyPackages: 0 });
      const notBefore = now() - DAY_S;
      const notAfter = notBefore + 84n * DAY_S;
      await bob.offer(forgeKeyPackage(bob.privateKey, { notBefore, notAfter }));
      await begins(guest, bob, "answer");
    },
  }),

  defineClientCase({
    id: "client-keys.package.more-capabilities",
    rules: ["keys.clients-identity"],
    sends: "a KeyPackage whose capabilities list further ciphersuites and credentials",
    expects: "a Welcome for it, and a message that Bob reads",
    checks: ["answer"],
    ops: OPS.begin,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const bob = await join(guest.world, "bob", { keyPackages: 0 });
      const forgery = { suites: [3, 1, 2], credentials: [1, 2] };
      await bob.offer(forgeKeyPackage(bob.privateKey, forgery));
      await begins(guest, bob, "answer");
    },
  }),

  defineClientCase({
    id: "client-keys.package.none",
    rules: ["keys.empty-when-none"],
    sends: "an empty package: Bob has left none",
    expects: "an error, nothing sent, and a conversation when Bob has left one",
    checks: ["answer", "nothing-sent", "honest-afterwards"],
    twin: TWIN,
    ops: OPS.begin,
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const bob = await join(guest.world, "bob");
      const undo = lie(guest.world, fetchKeyPackage, () => ({ package: new Uint8Array(0) }));
      const reply = await guest.alice.ask("channel.create", { peer: "bob" });
      trial.refused(reply, ["local.invalid", "mls.reject"]);
      nothingWent(guest, bob);
      undo();
      await begins(guest, bob);
    },
  }),

  defineClientCase({
    id: "client-keys.package.another",
    rules: ["keys.clients-single-use"],
    sends: "another good KeyPackage of Bob for a second group with him",
    expects: "ok, and a Welcome for each",
    checks: ["answer", "welcomes"],
    ops: [...OPS.begin, "group.create"],
    async run(trial) {
      const { world, alice } = await arrive(trial, { publish: true });
      const bob = await join(world, "bob");
      await alice.createChannel("bob");
      const reply = await alice.ask("group.create", { name: "group", members: ["bob"] });
      trial.check("answer", "ok" in reply, { expected: "ok", got: JSON.stringify(reply) });
      const count = (await bob.read()).filter(({ kind }) => kind === "welcome").length;
      trial.check("welcomes", count === 2, { expected: "2 Welcomes", got: `${count}` });
    },
  }),

  defineClientCase({
    id: "client-keys.package.replayed",
    rules: ["keys.clients-single-use", "mls.single-use"],
    sends: "the KeyPackage of Bob with which an earlier conversation began once more",
    expects: "err mls.reject, and a group when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: "client-keys.package.another",
    ops: [...OPS.begin, "group.create"],
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const { world, alice } = guest;
      const bob = await join(world, "bob");
      let first: Uint8Array | undefined;
      const undo = lie(world, fetchKeyPackage, async ({ request, honest }) => {
        const answer = await honest();
        if (!same(request.identityKey, bob.identityKey)) return answer;
        first ??= answer.package;
        return { package: first };
      });
      await alice.createChannel("bob");
      const again = { name: "group", members: ["bob"] };
      trial.refused(await alice.ask("group.create", again), "mls.reject");
      undo();
      const reply = await alice.ask("group.create", again);
      trial.check("honest-afterwards", "ok" in reply, {
        expected: "ok",
        got: JSON.stringify(reply),
      });
    },
  }),

  defineClientCase({
    id: "client-keys.package.replayed-after-restart",
    rules: ["keys.clients-single-use"],
    sends: "a KeyPackage of Bob that was used before the program ended and began again",
    expects: "err mls.reject",
    checks: ["answer"],
    twin: "client-keys.package.another",
    ops: [...OPS.begin, "group.create", "user.reopen"],
    async run(trial) {
      const guest = await arrive(trial, { publish: true });
      const { world, alice } = guest;
      await join(world, "bob");
      let first: Uint8Array | undefined;
      lie(world, fetchKeyPackage, async ({ honest }) => {
        first ??= (await honest()).package;
        return { package: first };
      });
      await alice.createChannel("bob");
      trial.ok(await alice.ask("user.reopen"), "user.reopen");
      const args = { name: "group", members: ["bob"] };
      trial.refused(await alice.ask("group.create", args), "mls.reject");
    },
  }),
];
