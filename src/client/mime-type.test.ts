// Kinds of files, by first bytes that a program of each kind writes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mimeTypeOf } from "./mime-type.ts";

const FILES: readonly (readonly [type: string, first: string])[] = [
  ["image/png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
  ["image/jpeg", "\xff\xd8\xff\xe0\0\x10JFIF"],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["image/webp", "RIFF\x24\0\0\0WEBPVP8 "],
  ["image/avif", "\0\0\0\x20ftypavif"],
  ["image/heic", "\0\0\0\x18ftypheic"],
  ["image/heif", "\0\0\0\x18ftypmif1"],
  ["audio/mp4", "\0\0\0\x20ftypM4A \0\0"],
  ["video/mp4", "\0\0\0\x20ftypisom"],
  ["video/quicktime", "\0\0\0\x14ftypqt  "],
  ["video/webm", "\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm"],
  ["audio/mpeg", "ID3\x04\0"],
  ["audio/mpeg", "\xff\xfb\x90\x64"],
  ["audio/ogg", "OggS\0\x02"],
  ["audio/wav", "RIFF\x24\0\0\0WAVEfmt "],
  ["audio/flac", "fLaC\0\0\0\x22"],
  ["application/pdf", "%PDF-1.7"],
  ["application/zip", "PK\x03\x04\x14\0"],
  ["application/gzip", "\x1f\x8b\x08\0"],
];

describe("mimeTypeOf", () => {
  for (const [type, first] of FILES) {
    it(`tells ${type} by ${JSON.stringify(first.slice(0, 12))}, whatever its name`, () => {
      assert.equal(mimeTypeOf(latin1(`${first}and more`), "a.txt"), type);
      assert.equal(mimeTypeOf(latin1(first), ""), type);
      assert.equal(mimeTypeOf(latin1(` ${first}`), "a"), "application/octet-stream");
    });
  }

  it("tells kinds of text by their names", () => {
    const text = new TextEncoder().encode("naïve");
    assert.equal(mimeTypeOf(text, "a.txt"), "text/plain");
    assert.equal(mimeTypeOf(text, "A.TXT"), "text/plain");
    assert.equal(mimeTypeOf(text, "a.md"), "text/markdown");
    assert.equal(mimeTypeOf(text, "a.csv"), "text/csv");
    assert.equal(mimeTypeOf(text, "a.json"), "application/json");
    assert.equal(mimeTypeOf(new Uint8Array(0), "a.txt"), "text/plain");
  });

  it("knows nothing of other names, and no text in what is none", () => {
    const unknown = "application/octet-stream";
    assert.equal(mimeTypeOf(latin1("text"), "txt"), unknown);
    assert.equal(mimeTypeOf(latin1("text"), "a.txt.exe"), unknown);
    assert.equal(mimeTypeOf(latin1("<b>"), "a.html"), unknown);
    assert.equal(mimeTypeOf(latin1("\xff"), "a.txt"), unknown);
    assert.equal(mimeTypeOf(latin1("a\0b"), "a.txt"), unknown);
  });

  it("looks at any file without failing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.string(), (file, name) => {
        assert.match(mimeTypeOf(file, name), /^[a-z]+\/[a-z0-9-]+$/);
      }),
    );
  });
});

function latin1(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
