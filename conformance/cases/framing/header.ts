// Request and response headers, byte by byte (spec/framing.md).

import { setTimeout as sleep } from "node:timers/promises";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { describe } from "../../judge/stream.ts";
import { hex } from "../bytes.ts";
import { promptly, requestVector } from "../frames.ts";
import { GENERATOR } from "../opaque-literals.ts";

const { uploadHybridKey, fetchHybridKey } = KeyService.method;

const HEALTH = "0322"; // method_id 802

/** Ids that catch a wrong byte order, a sign, and a lost high byte. */
const REQUEST_IDS = ["00000000", "00000001", "01020304", "7fffffff", "80000000", "ffffffff"];

/** OpaqueRegisterStart, which needs no session and keeps nothing: username "qpct", request. */
const REGISTER_START = hex("0064", "0000000b", "00000028", "0a04 71706374", "1220", GENERATOR);

export const headerCases: readonly Case[] = [
  ...REQUEST_IDS.map((requestId) =>
    defineCase({
      id: `framing.request-id.echo-${requestId}`,
      rules: ["framing.request-id-echo", "framing.big-endian"],
      sends: `a Health request with request_id ${requestId}`,
      expects: "a response whose bytes 1 to 4 are the same",
      tier: "smoke",
      async run(t) {
        const peer = await t.peer();
        const got = await peer.send(hex(HEALTH, requestId, "00000000"));
        const echoed = got.kind === "response" ? got.raw.subarray(1, 5) : undefined;
        t.check("answer", echoed !== undefined && Buffer.compare(echoed, hex(requestId)) === 0, {
          expected: requestId,
          got: echoed ? Buffer.from(echoed).toString("hex") : got.kind,
        });
      },
    }),
  ),

  defineCase({
    id: "framing.request-id.same-on-two-streams",
    rules: ["framing.request-id-echo"],
    sends: "two Health requests with one request_id on two streams at once",
    expects: "an answer on each stream; unique ids are the affair of the client",
    errata: ["C-17"],
    async run(t) {
      const peer = await t.peer();
      const request = hex(HEALTH, "00000007", "00000000");
      const both = await Promise.all([peer.send(request), peer.send(request)]);
      const answered = both.every((got) => got.kind === "response" && got.requestId === 7);
      t.check("answer", answered, {
        expected: "two responses with request_id 7",
        got: both.map(describe).join("; "),
      });
    },
  }),

  defineCase({
    id: "framing.response-header.nine-bytes",
    rules: ["framing.response-header", "framing.payload-length"],
    features: ["health"],
    sends: "a Health request",
    expects: "status 00, the request_id, payload_len, then exactly payload_len bytes",
    errata: ["C-05"],
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      const got = await peer.send(hex(HEALTH, "0a0b0c0d", "00000000"));
      const raw = Buffer.from("raw" in got ? got.raw : []);
      const fits =
        raw.length >= 9 &&
        raw[0] === Status.Ok &&
        raw.readUInt32BE(1) === 0x0a0b0c0d &&
        raw.length === 9 + raw.readUInt32BE(5);
      t.check("answer", fits, {
        expected: "00 0a0b0c0d, payload_len, payload_len bytes",
        got: raw.toString("hex") || got.kind,
      });
    },
  }),

  defineCase({
    id: "framing.response-header.of-a-refusal",
    rules: ["framing.response-header", "framing.request-id-echo"],
    features: ["health"],
    twin: "framing.response-header.nine-bytes",
    sends: "a Health request that does not decode, with request_id deadbeef",
    expects: "status 01, the request_id, payload_len, then exactly payload_len bytes",
    errata: ["C-05"],
    async run(t) {
      const peer = await t.peer();
      const got = await peer.send(hex(HEALTH, "deadbeef", "00000001", "80"));
      const raw = Buffer.from("raw" in got ? got.raw : []);
      const fits =
        raw.length >= 9 &&
        raw[0] === Status.BadRequest &&
        raw.readUInt32BE(1) === 0xdeadbeef &&
        raw.length === 9 + raw.readUInt32BE(5);
      t.check("answer", fits, {
        expected: "01 deadbeef, payload_len, payload_len bytes",
        got: raw.toString("hex") || got.kind,
      });
    },
  }),

  defineCase({
    id: "framing.request-header.ten-bytes",
    rules: ["framing.request-header", "framing.protobuf-payload"],
    features: ["auth"],
    sends: "OpaqueRegisterStart: 0064 0000000b 00000028 and 40 bytes of payload",
    expects: "00 0000000b 00000042 and a response of 64 bytes in field 1",
    tier: "smoke",
    async run(t) {
      const peer = await t.peer();
      const got = await peer.send(REGISTER_START);
      const raw = Buffer.from("raw" in got ? got.raw : []);
      const fits = raw.subarray(0, 11).equals(hex("00", "0000000b", "00000042", "0a40"));
      t.check("answer", fits && raw.length === 75, {
        expected: "00 0000000b 00000042 0a40 and 64 bytes",
        got: raw.toString("hex") || got.kind,
      });
    },
  }),

  defineCase({
    id: "framing.request-header.byte-by-byte",
    rules: ["framing.request-header", "framing.payload-length"],
    features: ["auth"],
    twin: "framing.request-header.ten-bytes",
    sends: "the same 50 bytes, the header byte by byte and the payload in five pieces",
    expects: "the same answer",
    async run(t) {
      const peer = await t.peer();
      const stream = await peer.open();
      const sizes = [...Array<number>(10).fill(1), 8, 8, 8, 8, 8];
      let offset = 0;
      for (const size of sizes) {
        await stream.write(REGISTER_START.subarray(offset, offset + size));
        offset += size;
        await sleep(5);
      }
      await stream.finish();
      t.reaction(await stream.reaction(5_000), Status.Ok);
    },
  }),

  defineCase({
    id: "framing.big-endian.method-in-other-order",
    rules: ["framing.big-endian"],
    features: ["auth"],
    twin: "framing.request-header.ten-bytes",
    sends: "OpaqueRegisterStart under method_id 6400",
    expects: "no Ok: 0x6400 is another number",
    async run(t) {
      const peer = await t.peer();
      const got = await peer.send(Buffer.concat([hex("6400"), REGISTER_START.subarray(2)]));
      const refused = got.kind === "reset" || (got.kind === "response" && got.status !== Status.Ok);
      t.check("answer", refused, { expected: "a refusal", got: describe(got) });
    },
  }),

  defineCase({
    id: "framing.big-endian.length-in-other-order",
    rules: ["framing.big-endian", "framing.truncated-payload"],
    features: ["health"],
    twin: "framing.payload-length.256",
    sends: "a Health request of 256 payload bytes whose payload_len is 00010000",
    expects: "BadRequest, or a reset: 65,536 bytes are announced",
    checks: ["answer", "connection-lives"],
    async run(t) {
      const peer = await t.peer();
      const got = await promptly(peer, requestVector("length-little-endian-256"));
      t.reaction(got, Status.BadRequest, "reset");
      await t.connectionLives(peer);
    },
  }),

  defineCase({
    id: "framing.big-endian.response-length-1219",
    rules: ["framing.big-endian", "framing.response-header"],
    features: ["auth", "keys"],
    sends: "FetchHybridKey for an identity with a hybrid key",
    expects: "bytes 5 to 8 of the response are 000004c3: 1,216 bytes and 3 for their field",
    async run(t) {
      const user = await t.newUser();
      const upload = { identityKey: user.key, hybridPublicKey: t.bytes(1216) };
      demandOk(await user.call(uploadHybridKey, upload), "UploadHybridKey");
      const got = await user.peer.send(user.frame(fetchHybridKey, { identityKey: user.key }));
      const length = "raw" in got ? Buffer.from(got.raw.subarray(5, 9)).toString("hex") : got.kind;
      t.check("answer", length === "000004c3", { expected: "000004c3", got: length });
    },
  }),
];
