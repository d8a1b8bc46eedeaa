import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultProfile } from "../../src/registry/profile.ts";
import { type CaseSpec, defineCase } from "./case.ts";
import { readDeclaration } from "./declaration.ts";
import { excuseOf } from "./excuse.ts";

test("a family that is declared and switched off is as good as not declared", () => {
  assert.equal(excuse({}, { kt: "off" }), "needs kt, this is kt=off");
  assert.equal(excuse({}, { kt: "other" }), undefined);
});

test("a case that names the flag itself goes by what it names", () => {
  assert.equal(excuse({ when: { kt: ["off", "rfc6962"] } }, { kt: "off" }), undefined);
  assert.equal(excuse({ server: { profile: { kt: "rfc6962" } } }, { kt: "off" }), undefined);
  assert.match(excuse({ when: { kt: ["rfc6962"] } }, { kt: "off" }) ?? "", /needs kt=rfc6962/);
});

function excuse(parts: Partial<CaseSpec>, readings: Readonly<Record<string, string>>) {
  const spec = defineCase({
    id: "kt.example.case",
    rules: ["kt.revoke"],
    features: ["kt"],
    sends: "nothing",
    expects: "nothing",
    run: async () => {},
    ...parts,
  });
  return excuseOf(
    spec,
    { ...defaultProfile(), ...readings },
    readDeclaration({ features: ["kt"] }),
    false,
  );
}
