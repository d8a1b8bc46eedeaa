// What a client leaves at the server for others (spec/services/keys.md, spec/crypto/{mls,hybrid-envelope}.md).

import { createHash } from "node:crypto";
import { checkHybridPublicKey } from "../../../src/crypto/hybrid/keys.ts";
import { createMls, type InspectedKeyPackage } from "../../../src/crypto/mls/mls.ts";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { asked, flipped, lie } from "../../hostile/world/bends.ts";
import { hex, same } from "../../hostile/world/state.ts";
import { Unsupported } from "../../judge/errors.ts";
import { arrive, OPS } from "../room.ts";

const { uploadKeyPackage, uploadHybridKey, fetchHybridKey } = KeyService.method;

const DAY_MS = 86_400_000;

export const uploadCases: readonly ClientCase[] = [
  defineClientCase({
    id: "client-keys.upload.packages",
    rules: ["keys.tls-encoded", "mls.credential"],
    sends: "honest answers to uploads",
    expects: "valid KeyPackages of the own identity in bare TLS encoding, each another",
    checks: ["valid", "different"],
    ops: OPS.publish,
    async run(trial) {
      const { world, aliceKey } = await arrive(trial, { publish: true });
      const packages = asked(world, uploadKeyPackage).map((request) => request.package);
      const mls = await createMls();
      const faults: string[] = [];
      const refs = new Set<string>();
      for (const bytes of packages) {
        const inspected = await mls.inspectKeyPackage(bytes, Date.now()).catch(String);
        if (typeof inspected === "string") faults.push(inspected);
        else if (!same(inspected.identityKey, aliceKey)) faults.push("another identity");
        else refs.add(hex(inspected.ref));
      }
      trial.check("valid", packages.length > 0 && faults.length === 0, {
        expected: "valid KeyPackages",
        got: `${packages.length} KeyPackages; ${faults.join("; ")}`,
      });
      const different = new Set(packages.map((bytes) => hex(bytes.subarray(4, 38)))).size;
      const isEach = refs.size === packages.length && different === packages.length;
      trial.check("different", isEach, {
        expected: `${packages.length} KeyPackages with ${packages.length} init keys`,
        got: `${refs.size} KeyPackages with ${different} init keys`,
      });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.several",
    rules: ["keys.clients-several", "client.first-steps"],
    sends: "honest answers to uploads",
    expects: "more than one KeyPackage and one hybrid key",
    checks: ["several", "hybrid"],
    ops: OPS.publish,
    async run(trial) {
      const { world } = await arrive(trial, { publish: true });
      const count = asked(world, uploadKeyPackage).length;
      trial.check("several", count >= 2, { expected: "several", got: `${count} KeyPackages` });
      const hybrid = asked(world, uploadHybridKey).length;
      trial.check("hybrid", hybrid >= 1, { expected: "one hybrid key", got: `${hybrid}` }, "info");
    },
  }),

  defineClientCase({
    id: "client-keys.upload.lifetime",
    rules: ["mls.lifetime"],
    sends: "honest answers to uploads",
    expects: "KeyPackages that are valid from a day before until 28 days after they are made",
    checks: ["lifetime"],
    ops: OPS.publish,
    async run(trial) {
      const { world } = await arrive(trial, { publish: true });
      const mls = await createMls();
      const lives: string[] = [];
      for (const request of asked(world, uploadKeyPackage)) {
        const { notAfter }: InspectedKeyPackage = await mls.inspectKeyPackage(
          request.package,
          Date.now(),
        );
        const notBefore = beginningOf(request.package, notAfter);
        const [before, after] = [Date.now() - notBefore, notAfter - Date.now()];
        const isUsual = near(before, DAY_MS) && near(after, 28 * DAY_MS);
        if (!isUsual) lives.push(`${before / DAY_MS} days before, ${after / DAY_MS} after`);
      }
      trial.check("lifetime", lives.length === 0, {
        expected: "1 day before, 28 days after",
        got: lives.join("; "),
      });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.hybrid-key",
    rules: ["hybrid-envelope.public-key"],
    sends: "honest answers to uploads",
    expects: "a hybrid key of 1,216 bytes for which an envelope can be sealed",
    checks: ["valid"],
    ops: OPS.publish,
    async run(trial) {
      const { world } = await arrive(trial, { publish: true });
      const uploads = asked(world, uploadHybridKey);
      if (uploads.length === 0) throw new Unsupported("publishes no hybrid key");
      const faults = uploads.flatMap(({ hybridPublicKey }) => {
        try {
          checkHybridPublicKey(hybridPublicKey);
          return [];
        } catch (error) {
          return [`${hybridPublicKey.length} bytes: ${error}`];
        }
      });
      trial.check("valid", faults.length === 0, { expected: "a key", got: faults.join("; ") });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.own-key-only",
    rules: ["keys.own-key"],
    sends: "honest answers to uploads",
    expects: "uploads under the own identity key alone",
    checks: ["owner"],
    ops: OPS.publish,
    async run(trial) {
      const { world, aliceKey } = await arrive(trial, { publish: true });
      const uploads = [...asked(world, uploadKeyPackage), ...asked(world, uploadHybridKey)];
      const foreign = uploads.filter(({ identityKey }) => !same(identityKey, aliceKey));
      trial.check("owner", foreign.length === 0, {
        expected: hex(aliceKey),
        got: foreign.map(({ identityKey }) => hex(identityKey)).join(", "),
      });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.fingerprint",
    rules: ["keys.clients-fingerprint"],
    sends: "the fingerprint of another KeyPackage in answer to an upload",
    expects: "an error, and uploads that succeed when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: "client-keys.upload.packages",
    ops: OPS.publish,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const undo = lie(world, uploadKeyPackage, async ({ honest }) => ({
        fingerprint: flipped((await honest()).fingerprint, 0),
      }));
      const reply = await alice.ask("keys.publish");
      trial.refused(reply, ["mls.reject", "local.invalid"]);
      undo();
      const again = await alice.ask("keys.publish");
      trial.check("honest-afterwards", "ok" in again, {
        expected: "ok",
        got: JSON.stringify(again),
      });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.fingerprint-empty",
    rules: ["keys.clients-fingerprint"],
    sends: "an empty fingerprint in answer to an upload",
    expects: "an error, and uploads that succeed when the server is honest again",
    checks: ["answer", "honest-afterwards"],
    twin: "client-keys.upload.packages",
    ops: OPS.publish,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      const undo = lie(world, uploadKeyPackage, async ({ honest }) => {
        await honest();
        return { fingerprint: new Uint8Array(0) };
      });
      const reply = await alice.ask("keys.publish");
      trial.refused(reply, ["mls.reject", "local.invalid", "msg.decode"]);
      undo();
      const again = await alice.ask("keys.publish");
      trial.check("honest-afterwards", "ok" in again, {
        expected: "ok",
        got: JSON.stringify(again),
      });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.repeated",
    rules: ["keys.clients-secret-first"],
    sends: "RESET_STREAM instead of the answer to the first KeyPackage, which is kept",
    expects: "the same KeyPackage once more when keys are published again",
    checks: ["repeated"],
    ops: OPS.publish,
    async run(trial) {
      const { world, alice } = await arrive(trial);
      let isLost = false;
      world.bend(methodOf(uploadKeyPackage).id, async (_, honest) => {
        const answer = await honest();
        if (isLost) return answer;
        isLost = true;
        return "reset";
      });
      await alice.ask("keys.publish");
      await alice.ask("keys.publish");
      const hashes = asked(world, uploadKeyPackage).map((request) => sha256(request.package));
      const times = hashes.filter((one) => one === hashes[0]).length;
      trial.check("repeated", times >= 2, {
        expected: "the KeyPackage that was not answered, twice",
        got: `${times} time, of ${hashes.length} uploads`,
      });
    },
  }),

  defineClientCase({
    id: "client-keys.upload.hybrid-lost",
    rules: ["keys.clients-own-hybrid"],
    sends: "an empty hybrid key for the own identity, after it was uploaded",
    expects: "the same hybrid key once more when keys are published again",
    checks: ["repeated"],
    ops: OPS.publish,
    async run(trial) {
      const { world, alice, aliceKey } = await arrive(trial, { publish: true });
      const before = asked(world, uploadHybridKey);
      if (before.length === 0) throw new Unsupported("publishes no hybrid key");
      world.state.hybridKeys.delete(hex(aliceKey));
      lie(world, fetchHybridKey, ({ honest }) => honest());
      trial.ok(await alice.ask("keys.publish"), "keys.publish");
      const held = world.state.hybridKeys.get(hex(aliceKey));
      const isBack = held && same(held, before[0]?.hybridPublicKey ?? held);
      trial.check("repeated", isBack === true, {
        expected: "the hybrid key as it was",
        got: held ? "another key" : "no key",
      });
    },
  }),
];

/** The lifetime is two numbers one after the other, of which the library tells the second. */
function beginningOf(keyPackage: Uint8Array, notAfter: number): number {
  const end = Buffer.alloc(8);
  end.writeBigUInt64BE(BigInt(notAfter / 1000));
  const bytes = Buffer.from(keyPackage);
  return Number(bytes.readBigUInt64BE(bytes.indexOf(end) - 8)) * 1000;
}

function near(value: number, expected: number): boolean {
  return Math.abs(value - expected) < 2 * 3_600_000;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
