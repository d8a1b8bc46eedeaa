import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { describe, it } from "node:test";
import { initialKeys, refusal } from "./refusal.ts";

const hex = (text: string) => Buffer.from(text, "hex");

describe("initialKeys", () => {
  // RFC 9001 appendix A.1.
  it("derives the keys of the RFC's example", () => {
    const destinationId = hex("8394c8f03e515708");
    assert.deepEqual(initialKeys(destinationId, "client in"), {
      key: hex("1f369613dd76d5467730efcbe3b1a22d"),
      iv: hex("fa044b2f42a3fd3b46fb255c"),
      hp: hex("9f50449e04a0e810283a1e9933adedd2"),
    });
    assert.deepEqual(initialKeys(destinationId, "server in"), {
      key: hex("cf3a5331653c364c88f0f379b6067e37"),
      iv: hex("0ac1493ca1905853b0bba03e"),
      hp: hex("c206b8d9b9f0f37644430b490eeaa314"),
    });
  });
});

describe("refusal", () => {
  const attempt = {
    version: 1,
    destinationId: hex("8394c8f03e515708"),
    sourceId: hex("c1c2c3"),
  };

  it("is an Initial packet that holds a CONNECTION_CLOSE", () => {
    const packet = refusal(attempt, 2) as Buffer;
    const { key, iv } = initialKeys(attempt.destinationId, "server in");
    // Version, then the ids the other way round, then an empty token and the length of the rest.
    assert.equal(
      packet.subarray(1, 21).toString("hex"),
      "0000000103c1c2c3088394c8f03e515708004018",
    );
    const header = Buffer.concat([hex("c3"), packet.subarray(1, 21), hex("00000000")]);
    const sealed = packet.subarray(header.length);
    const open = createDecipheriv("aes-128-gcm", key, iv);
    open.setAAD(header);
    open.setAuthTag(sealed.subarray(-16));
    const frame = Buffer.concat([open.update(sealed.subarray(0, -16)), open.final()]);
    assert.equal(frame.toString("hex"), "1c020000");
  });

  it("is not known for other versions", () => {
    assert.equal(refusal({ ...attempt, version: 0xff00001d }, 2), undefined);
  });
});
