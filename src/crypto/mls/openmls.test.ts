// What OpenMLS 0.9.2 has made, and what it had in force then: openmls-life.json, recorded from a group of four
// that it made with a member of ours at leaf 2. After the Remove of leaf 1, the half of the tree with leaves
// 0 and 1 is blank, so the path of leaf 3 ends below the root.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodePadded } from "../../client/content.ts";
import { createMls } from "./mls.ts";

interface Life {
  readonly keyPackage: string;
  readonly secret: string;
  readonly welcome: string;
  /** Removes leaf 0, removes leaf 1, renews leaf 3, and a text of leaf 3. */
  readonly messages: readonly [string, string, string, string];
  /** Of the epochs from the Welcome on. */
  readonly authenticators: readonly string[];
}

const life: Life = JSON.parse(readFileSync(new URL("openmls-life.json", import.meta.url), "utf8"));

test("a member follows OpenMLS through commits whose path ends below a blank root", async () => {
  const [welcome, keyPackage, secret] = [life.welcome, life.keyPackage, life.secret].map(bytes);
  assert.ok(welcome && keyPackage && secret);
  let member = await (await createMls()).join(welcome, keyPackage, secret);
  const seen = [hex(member.epochAuthenticator)];
  const [text, ...commits] = [...life.messages].reverse();
  for (const commit of commits.reverse()) {
    member = (await member.receive(bytes(commit))).next;
    seen.push(hex(member.epochAuthenticator));
  }
  assert.deepEqual(seen, life.authenticators);
  assert.deepEqual(
    member.members.map(({ leafIndex }) => leafIndex),
    [2, 3],
  );
  const received = await member.receive(bytes(text ?? ""));
  assert.ok(received.kind === "application");
  assert.equal(decodePadded(received.plaintext).body.value, "from OpenMLS");
});

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}
