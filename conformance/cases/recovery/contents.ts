// What a bundle may hold, and how much (750, 751): spec/services/recovery.md; C-67.

import { Status } from "../../../src/registry/statuses.ts";
import type { Case } from "../../judge/case.ts";
import { encodeTrailer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { codeOf, forgetAll, hasBundle, isUnknown, keep, open, recoveryCase } from "./steps.ts";

const MIB = 1_048_576;

/** Bundles that no server may stumble over, because it does not look at them. */
const ODD: readonly { id: string; what: string; bytes: (t: Trial) => Uint8Array }[] = [
  { id: "1-byte", what: "one byte", bytes: () => Uint8Array.of(0) },
  { id: "zeros", what: "64 zeros", bytes: () => new Uint8Array(64) },
  { id: "text", what: "a line of text", bytes: () => Buffer.from("DROP TABLE bundles;\r\n\0é") },
  {
    id: "every-byte",
    what: "the 256 bytes in order",
    bytes: () => Uint8Array.from({ length: 256 }, (_, i) => i),
  },
  {
    id: "trailer",
    what: "the bytes of a SessionTrailer",
    bytes: (t) => encodeTrailer(t.bytes(32)),
  },
  { id: "70000-bytes", what: "70,000 bytes", bytes: (t) => t.bytes(70_000) },
];

export const contentCases: readonly Case[] = [
  ...ODD.map(({ id, what, bytes }) =>
    recoveryCase({
      id: `recovery.opaque.${id}`,
      rules: ["recovery.opaque"],
      sends: `${what} as a bundle; its token`,
      expects: "success, and these bytes",
      checks: ["answer", "bundle"],
      errata: ["C-67"],
      run: (t) => comesBack(t, bytes(t)),
    }),
  ),

  recoveryCase({
    id: "recovery.bundle.1048576-bytes",
    rules: ["recovery.bundle-size", "recovery.opaque"],
    sends: "a bundle of 1,048,576 bytes; its token",
    expects: "success, and these bytes",
    checks: ["answer", "bundle"],
    errata: ["C-67"],
    run: (t) => comesBack(t, t.bytes(MIB)),
  }),

  recoveryCase({
    id: "recovery.bundle.1048577-bytes",
    rules: ["recovery.bundle-size"],
    twin: "recovery.bundle.1048576-bytes",
    sends: "a bundle of 1,048,577 bytes; its token",
    expects: "BadRequest, and no bundle",
    checks: ["answer", "nothing"],
    errata: ["C-67"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice, "code", t.bytes(MIB + 1));
      t.refused(await keep(alice, code), Status.BadRequest);
      await isUnknown(t, "nothing", await t.peer(), code);
    },
  }),

  recoveryCase({
    id: "recovery.bundle.empty-over-stored",
    rules: ["recovery.bundle-not-empty"],
    twin: "recovery.store.replaced",
    sends: "a bundle, then an empty one under the same token_hash",
    expects: "BadRequest, and the first bundle still there",
    checks: ["answer", "kept"],
    async run(t) {
      const alice = await t.user();
      const code = codeOf(t, alice);
      await keep(alice, code);
      t.refused(await keep(alice, code, new Uint8Array(0)), Status.BadRequest);
      hasBundle(t, "kept", await open(await t.peer(), code), code.bundle);
      await forgetAll(alice, code);
    },
  }),
];

async function comesBack(t: Trial, bundle: Uint8Array): Promise<void> {
  const alice = await t.user();
  const code = codeOf(t, alice, "code", bundle);
  t.status(await keep(alice, code), Status.Ok);
  hasBundle(t, "bundle", await open(await t.peer(), code), bundle);
  await forgetAll(alice, code);
}
