// Welcomes of members that mean no good, or use what this protocol does not: none leads into a group.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesToBase64,
  type ClientState,
  createCommit,
  createGroup,
  encodeMlsMessage,
  makePskIndex,
  type Proposal,
} from "ts-mls";
import { decodeMessage } from "./bytes.ts";
import { makeCommit } from "./commit.ts";
import { CLIENT_CONFIG } from "./credentials.ts";
import { makeGroupInfo } from "./group-info.ts";
import { newKeyPackage, ownKeyPackage, readKeyPackage } from "./key-package.ts";
import { createMls } from "./mls.ts";
import { randomSuite, type Suite } from "./suite.ts";
import { fault, identityOf } from "./test-group.ts";

const now = Date.now();
const mls = await createMls();
const suite = await randomSuite();
const alice = await newKeyPackage(identityOf("alice"), now, suite);
const dave = await ownKeyPackage(await newKeyPackage(identityOf("dave"), now, suite), suite);
const addDave: Proposal = {
  proposalType: "add",
  add: { keyPackage: readKeyPackage(dave.keyPackage) },
};

function newGroup(extensionTypes: readonly number[] = []): Promise<ClientState> {
  const { publicPackage, privatePackage } = alice;
  const extensions = extensionTypes.map((extensionType) => ({
    extensionType,
    extensionData: new Uint8Array(),
  }));
  const id = new Uint8Array(32);
  return createGroup(id, publicPackage, privatePackage, extensions, suite, CLIENT_CONFIG);
}

/** welcomeOf is the Welcome for Dave that alice makes with this suite. */
async function welcomeOf(group: ClientState, by: Suite): Promise<Uint8Array> {
  const proposals = [{ proposalOrRefType: "proposal", proposal: addDave } as const];
  const { welcome } = await makeCommit(group, proposals, by);
  return welcome ?? assert.fail("no Welcome");
}

const join = (welcome: Uint8Array) => mls.join(welcome, dave.keyPackage, dave.secret.slice());

test("an honest Welcome of this kind leads in", async () => {
  const member = await join(await welcomeOf(await newGroup(), suite));
  assert.equal(member.members.length, 2);
});

test("a group that has extensions is none of ours", async () => {
  const group = await newGroup([0x0a0a]);
  const info = await makeGroupInfo({ group, updateKeys: [] }, suite);
  const entering = mls.joinExternal(info, identityOf("erin"), now);
  await assert.rejects(entering, /the group has extensions/);
});

test("a pre-shared key is asked of nobody", async () => {
  const psk = new Uint8Array(32).fill(7);
  const pskId = Uint8Array.of(1);
  const group = await newGroup();
  const pskIndex = makePskIndex(group, { [bytesToBase64(pskId)]: psk });
  const needsPsk: Proposal = {
    proposalType: "psk",
    psk: { preSharedKeyId: { psktype: "external", pskId, pskNonce: new Uint8Array(32) } },
  };
  const { welcome } = await createCommit(
    { state: group, cipherSuite: suite, pskIndex },
    { extraProposals: [addDave, needsPsk], ratchetTreeExtension: true },
  );
  assert.ok(welcome);
  const message = encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome });
  await assert.rejects(join(message), /pre-shared key/);
});

test("a Welcome without a ratchet tree is refused", async () => {
  const context = { state: await newGroup(), cipherSuite: suite };
  const { welcome } = await createCommit(context, { extraProposals: [addDave] });
  assert.ok(welcome);
  const message = encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome });
  await assert.rejects(join(message), fault("welcome"));
});

test("a wrong confirmation tag is refused, though its member signed it", async () => {
  const lying: Suite = {
    ...suite,
    hash: { ...suite.hash, mac: async () => new Uint8Array(32) },
  };
  const welcome = await welcomeOf(await newGroup(), lying);
  await assert.rejects(join(welcome), /confirmation tag/);
});

test("a path secret that does not fit the tree is refused", async () => {
  const JOINER_SECRET = 1 + 32;
  const lying: Suite = {
    ...suite,
    hpke: {
      ...suite.hpke,
      // GroupSecrets: the joiner secret, then 01 20 and the path secret.
      async seal(key, plaintext, info, aad) {
        const changed = Uint8Array.from(plaintext);
        changed[JOINER_SECRET + 2] = (changed[JOINER_SECRET + 2] ?? 0) ^ 1;
        return suite.hpke.seal(key, changed, info, aad);
      },
    },
  };
  const welcome = await welcomeOf(await newGroup(), lying);
  await assert.rejects(join(welcome), /path secret of node 1/);
});

test("a Welcome names a KeyPackage once", async () => {
  const message = decodeMessage(await welcomeOf(await newGroup(), suite));
  assert.ok(message.wireformat === "mls_welcome");
  const { secrets } = message.welcome;
  const welcome = { ...message.welcome, secrets: [...secrets, ...secrets] };
  await assert.rejects(join(encodeMlsMessage({ ...message, welcome })), /twice/);
});

test("a GroupInfo has each extension once", async () => {
  const group = await newGroup();
  const info = decodeMessage(await makeGroupInfo({ group, updateKeys: [] }, suite));
  assert.ok(info.wireformat === "mls_group_info");
  const [first, ...rest] = info.groupInfo.extensions;
  assert.ok(first);
  const groupInfo = { ...info.groupInfo, extensions: [first, first, ...rest] };
  const entering = mls.joinExternal(
    encodeMlsMessage({ ...info, groupInfo }),
    identityOf("erin"),
    now,
  );
  await assert.rejects(entering, /comes twice/);
});
