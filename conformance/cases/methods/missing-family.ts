// A family that a server lacks: its methods are unknown (spec/methods.md, C-01). A server that has them
// all is asked to start without some.

import { FAMILIES, type Family } from "../../../src/registry/families.ts";
import { METHODS, type Method } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { Unsupported } from "../../judge/errors.ts";
import { describe } from "../../judge/stream.ts";
import type { Trial } from "../../judge/trial.ts";
import { frame } from "../frames.ts";
import { UNKNOWN_METHOD_CHECKS } from "../unknown-method.ts";

const GROUPS: Readonly<Record<string, readonly Family[]>> = {
  "delivery-and-keys": ["delivery", "keys"],
  "groups-and-moderation": ["channel", "group", "moderation"],
  "users-and-log": ["user", "kt"],
  "blobs-and-devices": ["blob", "device", "recovery"],
  "peers-and-account": ["p2p", "federation", "account"],
};

export const missingFamilyCases: readonly Case[] = [
  ...Object.entries(GROUPS).map(([slug, families]) => {
    const methods = METHODS.filter(({ family }) => families.includes(family));
    return defineCase({
      id: `methods.missing-family.${slug}`,
      rules: ["methods.missing-family", "status.unknown-method"],
      twin: "methods.table.802-health",
      reading: "unknown-method",
      features: ["health"],
      server: { without: families },
      sends: `an empty request of each method to a server started without ${families.join(", ")}`,
      expects: "UnknownMethod to each",
      checks: UNKNOWN_METHOD_CHECKS,
      errata: ["C-01", "C-10"],
      run: (t) => expectUnknown(t, methods),
    });
  }),

  defineCase({
    id: "methods.missing-family.undeclared",
    rules: ["methods.missing-family", "status.unknown-method"],
    twin: "methods.table.802-health",
    reading: "unknown-method",
    features: ["health"],
    sends: "an empty request of each method of the families that the server does not declare",
    expects: "UnknownMethod to each",
    checks: UNKNOWN_METHOD_CHECKS,
    errata: ["C-01", "C-10"],
    async run(t) {
      const declared = t.subject.declaration?.features;
      if (declared === undefined) {
        throw new Unsupported(
          `needs a preset that says which of ${FAMILIES.length} families are there`,
        );
      }
      const missing = METHODS.filter(({ family }) => !declared.has(family));
      if (missing.length === 0) throw new Unsupported("every family is declared");
      await expectUnknown(t, missing);
    },
  }),
];

// Goes by the reading of unknown-method, as every call of an unknown number does (C-10).
async function expectUnknown(t: Trial, methods: readonly Method[]): Promise<void> {
  const peer = await t.peer();
  const others: string[] = [];
  for (const { id, name } of methods) {
    const got = await peer.send(frame(id, 2, new Uint8Array(0)));
    const isUnknown = got.kind === "response" && got.status === Status.UnknownMethod;
    const fits = t.reading === "reset" ? got.kind === "reset" : isUnknown;
    if (!fits) others.push(`${name}: ${describe(got)}`);
  }
  t.check("answer", others.length === 0, {
    expected: t.reading === "reset" ? "a reset of each" : "UnknownMethod to each",
    got: others.join("; "),
  });
  if (t.reading === "reset" && t.profile["unknown-method"] === "reset") {
    t.check("reading", false, { expected: "status 11", got: "resets, as declared" }, "warn");
  }
  await t.connectionLives(peer);
}
