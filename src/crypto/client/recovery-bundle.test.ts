// Recovery bundles: what was sealed comes back, and nothing else opens.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nobleBackend } from "../backend/noble.ts";
import { nodeBackend } from "../backend/node.ts";
import { pad } from "./padding.ts";
import {
  openRecoveryBundle,
  RecoveryBundleError,
  type RecoveryBundleFault,
  sealRecoveryBundle,
} from "./recovery-bundle.ts";
import { newRecoverySecrets, recoveryKeys } from "./recovery-code.ts";

const SECRET = new Uint8Array(16).fill(0x42);
const CONTENTS = {
  username: "alice",
  identitySeed: new Uint8Array(32).fill(0xa1),
  password: "correct horse battery staple",
};
const NONCE = new Uint8Array(12).fill(5);
const BUNDLE = sealRecoveryBundle(SECRET, CONTENTS, { nonce: NONCE });

describe("a recovery bundle", () => {
  it("opens with its own code, and with no other", () => {
    const secrets = newRecoverySecrets();
    const bundles = secrets.map((secret) => sealRecoveryBundle(secret, CONTENTS));
    for (const [own, secret] of secrets.entries()) {
      for (const [of, bundle] of bundles.entries()) {
        if (own === of) assert.deepEqual(openRecoveryBundle(secret, bundle), CONTENTS);
        else refuses("open", () => openRecoveryBundle(secret, bundle));
      }
    }
  });

  it("has the size of a bucket, whatever it holds", () => {
    assert.equal(BUNDLE.length, 1 + 12 + 256 + 16);
    const long = { ...CONTENTS, password: "x".repeat(300) };
    const bundle = sealRecoveryBundle(SECRET, long);
    assert.equal(bundle.length, 1 + 12 + 512 + 16);
    assert.deepEqual(openRecoveryBundle(SECRET, bundle), long);
  });

  it("is the same from both backends", () => {
    for (const backend of [nodeBackend, nobleBackend]) {
      assert.deepEqual(sealRecoveryBundle(SECRET, CONTENTS, { nonce: NONCE, backend }), BUNDLE);
      assert.deepEqual(openRecoveryBundle(SECRET, BUNDLE, backend), CONTENTS);
    }
  });

  it("has another nonce each time", () => {
    const [one, two] = [1, 2].map(() => sealRecoveryBundle(SECRET, CONTENTS));
    assert.notDeepEqual(one?.subarray(1, 13), two?.subarray(1, 13));
  });

  it("leaves what it is given alone", () => {
    const seed = CONTENTS.identitySeed.slice();
    sealRecoveryBundle(SECRET, { ...CONTENTS, identitySeed: seed });
    assert.deepEqual(seed, CONTENTS.identitySeed);
    assert.deepEqual(SECRET, new Uint8Array(16).fill(0x42));
  });

  it("is refused with any byte changed", () => {
    for (let at = 0; at < BUNDLE.length; at++) {
      const changed = BUNDLE.map((byte, index) => (index === at ? byte ^ 0x80 : byte));
      refuses(at === 0 ? "version" : "open", () => openRecoveryBundle(SECRET, changed));
    }
  });

  it("is refused when it is cut or longer", () => {
    for (const length of [0, 1, 13, 29, 142, BUNDLE.length - 1]) {
      refuses("size", () => openRecoveryBundle(SECRET, BUNDLE.subarray(0, length)));
    }
    refuses("size", () => openRecoveryBundle(SECRET, Buffer.concat([BUNDLE, Buffer.of(0)])));
  });
});

describe("contents", () => {
  const good = encoded("alice", 32, "password");
  for (const [what, contents] of [
    ["nothing", Buffer.alloc(0)],
    ["half a length", good.subarray(0, 1)],
    ["a username that ends too early", Buffer.of(0, 200, 0x61)],
    ["an empty username", encoded("", 32, "password")],
    ["a username that is no UTF-8", Buffer.concat([Buffer.of(0, 1, 0xff), good.subarray(7)])],
    ["a seed that is too short", good.subarray(0, 7 + 31)],
    ["no password", good.subarray(0, 7 + 32)],
    ["an empty password", encoded("alice", 32, "")],
    ["a byte behind them", Buffer.concat([good, Buffer.of(0)])],
  ] as const) {
    it(`are refused with ${what}`, () => {
      refuses("contents", () => openRecoveryBundle(SECRET, sealedBytes(pad(contents))));
    });
  }

  it("are refused in a padding that is not its own", () => {
    const padded = pad(good);
    padded[255] = 1;
    refuses("contents", () => openRecoveryBundle(SECRET, sealedBytes(padded)));
  });

  it("are refused where they do not fit, before anything is sealed", () => {
    for (const wrong of [
      { username: "" },
      { password: "" },
      { password: "x".repeat(65_536) },
      { username: "\ud800" },
      { identitySeed: new Uint8Array(31) },
    ]) {
      assert.throws(() => sealRecoveryBundle(SECRET, { ...CONTENTS, ...wrong }), RangeError);
    }
  });

  it("are in no error", () => {
    const padded = pad(Buffer.concat([good, Buffer.from("hunter2")]));
    assert.throws(
      () => openRecoveryBundle(SECRET, sealedBytes(padded)),
      (error) => !/hunter2|alice|password/.test(String(error)),
    );
  });

  it("come back whatever they are", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 });
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(text, seed, text, (username, identitySeed, password) => {
        const contents = { username, identitySeed, password };
        assert.deepEqual(
          openRecoveryBundle(SECRET, sealRecoveryBundle(SECRET, contents)),
          contents,
        );
      }),
    );
  });

  it("keep a byte order mark, which is part of a password", () => {
    const contents = { ...CONTENTS, password: "\ufeffpassword" };
    assert.deepEqual(openRecoveryBundle(SECRET, sealRecoveryBundle(SECRET, contents)), contents);
  });
});

function encoded(username: string, seedBytes: number, password: string): Buffer {
  const field = (text: string) => [Buffer.of(0, Buffer.byteLength(text)), Buffer.from(text)];
  return Buffer.concat([...field(username), Buffer.alloc(seedBytes, 7), ...field(password)]);
}

/** sealedBytes seals what a foreign client may have put in. */
function sealedBytes(plaintext: Uint8Array): Uint8Array {
  const aad = Uint8Array.of(1);
  const { key } = recoveryKeys(SECRET);
  const box = nodeBackend.chacha20Poly1305.seal({ key, nonce: NONCE, aad }, plaintext);
  return Buffer.concat([aad, NONCE, box]);
}

function refuses(fault: RecoveryBundleFault, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof RecoveryBundleError && error.fault === fault);
}
