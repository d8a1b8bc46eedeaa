// Attachments: a file comes back from its blob with its key, and from nothing else.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nobleBackend } from "../backend/noble.ts";
import { nodeBackend } from "../backend/node.ts";
import {
  AttachmentError,
  type AttachmentFault,
  MOST_FILE_BYTES,
  openAttachment,
  sealAttachment,
} from "./attachment.ts";

const FILE = new TextEncoder().encode("hello");
const KEY = new Uint8Array(32).fill(7);
const NONCE = new Uint8Array(12).fill(5);
const SEALED = sealAttachment(FILE, { key: KEY, nonce: NONCE });

describe("an attachment", () => {
  it("opens with the key that it was sealed with", () => {
    const sealed = sealAttachment(FILE);
    assert.deepEqual(openAttachment(sealed.blob, sealed), FILE);
    assert.equal(sealed.blob.length, FILE.length + 29);
    assert.deepEqual(sealed.blobId, nodeBackend.sha256(sealed.blob));
  });

  it("has a key and a name of its own each time", () => {
    const [one, two] = [sealAttachment(FILE), sealAttachment(FILE)];
    assert.notDeepEqual(one.key, two.key);
    assert.notDeepEqual(one.blobId, two.blobId);
  });

  it("is the same from both backends", () => {
    for (const backend of [nodeBackend, nobleBackend]) {
      assert.deepEqual(sealAttachment(FILE, { key: KEY, nonce: NONCE, backend }), SEALED);
      assert.deepEqual(openAttachment(SEALED.blob, SEALED, backend), FILE);
    }
  });

  it("is refused under another name, before it is decrypted", () => {
    const blobId = SEALED.blobId.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
    refuses("blob-id", SEALED.blob, { blobId, key: new Uint8Array(32) });
    refuses("blob-id", SEALED.blob, { blobId: SEALED.blobId.subarray(1), key: KEY });
  });

  it("is refused with any byte changed, by its name and by its key", () => {
    for (let at = 0; at < SEALED.blob.length; at++) {
      const changed = SEALED.blob.map((byte, index) => (index === at ? byte ^ 0x10 : byte));
      refuses("blob-id", changed, SEALED);
      const blobId = nodeBackend.sha256(changed);
      refuses(at === 0 ? "version" : "open", changed, { blobId, key: KEY });
    }
  });

  it("is refused with another key", () => {
    refuses("open", SEALED.blob, { ...SEALED, key: new Uint8Array(32) });
  });

  it("is refused when it is shorter or longer than a blob can be", () => {
    for (const length of [0, 1, 28, 52_428_801]) {
      const blob = new Uint8Array(length);
      refuses("size", blob, { blobId: nodeBackend.sha256(blob), key: KEY });
    }
  });

  it("may be empty, and as large as a blob", () => {
    for (const length of [0, MOST_FILE_BYTES]) {
      const file = new Uint8Array(length);
      const sealed = sealAttachment(file);
      assert.equal(sealed.blob.length, length + 29);
      assert.equal(Buffer.compare(openAttachment(sealed.blob, sealed), file), 0);
    }
    const tooLarge = new Uint8Array(MOST_FILE_BYTES + 1);
    assert.throws(() => sealAttachment(tooLarge), { name: "AttachmentError", fault: "size" });
  });
});

it("every file comes back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (file) => {
      const sealed = sealAttachment(file);
      assert.deepEqual(openAttachment(sealed.blob, sealed), file);
    }),
  );
});

function refuses(
  fault: AttachmentFault,
  blob: Uint8Array,
  names: { readonly blobId: Uint8Array; readonly key: Uint8Array },
): void {
  assert.throws(
    () => openAttachment(blob, names),
    (error) => error instanceof AttachmentError && error.fault === fault,
  );
}
