// Small files in the formats of the published ones, made here: what the tests of the runner judge.

import {
  createCommit,
  createGroup,
  defaultCapabilities,
  defaultLifetime,
  encodeMlsMessage,
  generateKeyPackage,
} from "ts-mls";
import { nobleBackend } from "../../src/crypto/backend/noble.ts";
import { leafHash } from "../../src/crypto/kt/hash.ts";
import { MerkleTree } from "../../src/crypto/kt/tree.ts";
import { toHex } from "./case.ts";
import { ciphersuite } from "./mls/ciphersuite.ts";

/** Fixture is one case of one set; `wrong` is what its file says when one answer is not right. */
export interface Fixture {
  readonly suite: string;
  readonly set: string;
  readonly good: unknown;
  readonly wrong: unknown;
}

/** createFixtures makes a case for the primitives but ML-KEM, for the Merkle log and three families of MLS. */
export async function createFixtures(): Promise<readonly Fixture[]> {
  return [...createMlsMath(), await createWelcome(), ...createPrimitives(), ...createProofs()];
}

function createMlsMath(): Fixture[] {
  const treeMath = {
    n_leaves: 2,
    n_nodes: 3,
    root: 1,
    left: [null, 0, null],
    right: [null, 2, null],
    parent: [1, null, 1],
    sibling: [2, null, 0],
  };
  const length = { vlbytes_header: "4040", length: 64 };
  return [
    fixture("mls", "tree-math", [treeMath], [{ ...treeMath, sibling: [2, null, null] }]),
    fixture("mls", "deserialization", [length], [{ ...length, length: 65 }]),
  ];
}

/** createWelcome is a group of two, as its second member sees it. */
async function createWelcome(): Promise<Fixture> {
  const suite = await ciphersuite(2);
  const [alice, bob] = await Promise.all(
    ["alice", "bob"].map((name) =>
      generateKeyPackage(
        { credentialType: "basic", identity: new TextEncoder().encode(name) },
        defaultCapabilities(),
        defaultLifetime,
        [],
        suite,
      ),
    ),
  );
  if (!alice || !bob) throw new Error("no key packages");
  const groupId = Uint8Array.of(7);
  const state = await createGroup(groupId, alice.publicPackage, alice.privatePackage, [], suite);
  const { welcome, newState } = await createCommit(
    { state, cipherSuite: suite },
    {
      extraProposals: [{ proposalType: "add", add: { keyPackage: bob.publicPackage } }],
      ratchetTreeExtension: true,
    },
  );
  if (!welcome) throw new Error("no Welcome");
  const version = "mls10";
  const keys = bob.privatePackage;
  const vector = {
    cipher_suite: 2,
    external_psks: [],
    key_package: toHex(
      encodeMlsMessage({
        version,
        wireformat: "mls_key_package",
        keyPackage: bob.publicPackage,
      }),
    ),
    signature_priv: toHex(keys.signaturePrivateKey),
    encryption_priv: toHex(keys.hpkePrivateKey),
    init_priv: toHex(keys.initPrivateKey),
    welcome: toHex(encodeMlsMessage({ version, wireformat: "mls_welcome", welcome })),
    ratchet_tree: null,
    initial_epoch_authenticator: toHex(newState.keySchedule.epochAuthenticator),
    epochs: [],
  };
  const initial_epoch_authenticator = "00".repeat(32);
  return fixture(
    "mls",
    "passive-client-welcome",
    [vector],
    [{ ...vector, initial_epoch_authenticator }],
  );
}

function createPrimitives(): Fixture[] {
  const { ed25519, x25519, chacha20Poly1305, hkdfSha256 } = nobleBackend;
  const [one, two, nonce] = [bytes(32, 1), bytes(32, 2), bytes(12, 3)];
  const secret = x25519.sharedSecret(one, x25519.publicKey(two));
  const box = toHex(chacha20Poly1305.seal({ key: one, nonce, aad: two }, two));
  const pk = toHex(ed25519.publicKey(one));
  const input = { ikm: one, salt: two, info: nonce, length: 20 };
  return [
    wycheproof("x25519", "shared", {
      private: toHex(one),
      public: toHex(x25519.publicKey(two)),
      shared: toHex(secret),
    }),
    wycheproof(
      "ed25519",
      "sig",
      { msg: toHex(two), sig: toHex(ed25519.sign(one, two)) },
      { publicKey: { pk } },
    ),
    wycheproof("chacha20-poly1305", "tag", {
      key: toHex(one),
      iv: toHex(nonce),
      aad: toHex(two),
      msg: toHex(two),
      ct: box.slice(0, -32),
      tag: box.slice(-32),
    }),
    wycheproof("hkdf-sha256", "okm", {
      ikm: toHex(one),
      salt: toHex(two),
      info: toHex(nonce),
      size: 20,
      okm: toHex(hkdfSha256(input)),
    }),
  ];
}

function createProofs(): Fixture[] {
  const tree = new MerkleTree();
  for (let leaf = 0; leaf < 5; leaf++) tree.append(leafHash(bytes(1, leaf)));
  const inclusion = {
    desc: "leaf 2 of 5",
    leafIdx: 2,
    treeSize: 5,
    root: base64(tree.root()),
    leafHash: base64(tree.leaf(2)),
    proof: tree.inclusionProof(2).map(base64),
    wantErr: false,
  };
  const consistency = {
    desc: "3 and 5",
    size1: 3,
    size2: 5,
    root1: base64(tree.root(3)),
    root2: base64(tree.root()),
    proof: tree.consistencyProof(3).map(base64),
    wantErr: false,
  };
  return [
    fixture("merkle", "inclusion", inclusion, { ...inclusion, leafIdx: 3 }),
    fixture("merkle", "consistency", consistency, { ...consistency, wantErr: true }),
  ];
}

function fixture(suite: string, set: string, good: unknown, wrong: unknown): Fixture {
  return { suite, set, good, wrong };
}

/** wycheproof changes the first digit of one member for the wrong answer. */
function wycheproof(
  suite: string,
  changed: string,
  test: Readonly<Record<string, string | number>>,
  group: object = {},
): Fixture {
  const file = (tests: object) => ({ testGroups: [{ ...group, tests: [tests] }] });
  const good = { tcId: 1, result: "valid", flags: [], ...test };
  const text = String(test[changed]);
  const other = (text.startsWith("0") ? "1" : "0") + text.slice(1);
  return fixture(suite, "wycheproof", file(good), file({ ...good, [changed]: other }));
}

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString("base64");
}
