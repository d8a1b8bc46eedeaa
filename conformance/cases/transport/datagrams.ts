// Datagrams from no connection: other versions of QUIC, and garbage (spec/transport.md, RFC 8999,
// RFC 9000 sections 5.2.2, 6 and 14.1).

import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { allOk, health, transportCase } from "./calls.ts";
import { exchange } from "./udp.ts";

/** A server answers to Initials of this size or more; what is shorter could be a spoofed one. */
const FULL = 1200;

const DESTINATION = "d0d1d2d3d4d5d6d7";
const SOURCE = "50515253545556575859";

/** A version of the pattern that is kept free to force a negotiation (RFC 9000 section 15). */
const UNKNOWN_VERSION = "1a2a3a4a";
const VERSION_1 = "00000001";

/** How long an answer to a datagram is waited for; one that must not come costs it in full. */
const LISTEN_MS = 400;

export const datagramCases: readonly Case[] = [
  transportCase({
    id: "transport.version.unknown",
    rules: ["transport.quic"],
    sends: "a datagram of 1,200 bytes with a long header of version 1a2a3a4a",
    expects: "a Version Negotiation packet that lists version 1, or silence",
    checks: ["reply", "answer"],
    async run(t) {
      const replies = await exchange(t.subject, [longHeader(UNKNOWN_VERSION, FULL)], LISTEN_MS);
      const wrong = replies.find((reply) => !negotiatesVersion1(reply));
      t.check("reply", wrong === undefined && replies.length <= 1, {
        expected: "Version Negotiation with the connection ids in each other's place, or silence",
        got: replies.map((reply) => reply.toString("hex")).join(", "),
      });
      allOk(t, [await health(await t.peer())]);
    },
  }),

  transportCase({
    id: "transport.version.unknown-and-short",
    rules: ["transport.quic"],
    twin: "transport.alpn.declared-token",
    sends: "the same header in a datagram of 60 bytes",
    expects: "silence: an answer could be sent to somebody who never asked",
    checks: ["silent", "answer"],
    run: (t) => unanswered(t, longHeader(UNKNOWN_VERSION, 60)),
  }),

  transportCase({
    id: "transport.version.negotiation-from-client",
    rules: ["transport.quic"],
    twin: "transport.alpn.declared-token",
    sends: "a Version Negotiation packet of 1,200 bytes",
    expects: "silence: two servers must not negotiate for ever",
    checks: ["silent", "answer"],
    run: (t) => unanswered(t, longHeader("00000000", FULL)),
  }),

  garbage(
    "random",
    "300 datagrams of random length and content",
    (t) =>
      Array.from({ length: 300 }, (_, i) => {
        const bytes = t.bytes(1300, `datagram ${i}`);
        return bytes.subarray(0, 1 + (((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) % 1300));
      }),
    "smoke",
  ),
  garbage("empty", "50 empty datagrams", () => Array.from({ length: 50 }, () => new Uint8Array(0))),
  garbage("cut-initial", "an Initial packet cut after each of its first 60 bytes", () =>
    Array.from({ length: 60 }, (_, i) => longHeader(VERSION_1, FULL).subarray(0, i + 1)),
  ),
  garbage("false-initial", "40 Initial packets of 1,200 bytes that nobody can decrypt", (t) =>
    Array.from({ length: 40 }, (_, i) =>
      Buffer.concat([longHeader(VERSION_1, 40), t.bytes(FULL - 40, `initial ${i}`)]),
    ),
  ),
];

function garbage(
  slug: string,
  sends: string,
  make: (t: Trial) => readonly Uint8Array[],
  tier: "smoke" | "default" = "default",
): Case {
  return transportCase({
    id: `transport.datagrams.${slug}`,
    rules: ["transport.quic"],
    sends,
    expects: "answers of at most three times their size; old and new connections are served",
    checks: ["amplification", "answer"],
    tier,
    async run(t) {
      const before = await t.peer();
      const datagrams = make(t);
      const replies = await exchange(t.subject, datagrams, 100);
      const sent = sum(datagrams);
      t.check("amplification", sum(replies) <= 3 * sent, {
        expected: `at most three times ${sent} bytes`,
        got: `${sum(replies)} bytes`,
      });
      allOk(t, [await health(before), await health(await t.peer())]);
    },
  });
}

async function unanswered(t: Trial, datagram: Uint8Array): Promise<void> {
  const replies = await exchange(t.subject, [datagram], LISTEN_MS);
  t.check("silent", replies.length === 0, {
    expected: "no datagram",
    got: replies.map((reply) => reply.toString("hex")).join(", "),
  });
  allOk(t, [await health(await t.peer())]);
}

/** longHeader fills a datagram up with zeroes: first byte, version, the two ids, an empty token. */
function longHeader(version: string, length: number): Buffer {
  const ids = `08 ${DESTINATION} 0a ${SOURCE}`;
  const head = Buffer.from(`c3 ${version} ${ids} 00 4496`.replaceAll(" ", ""), "hex");
  return Buffer.concat([head, Buffer.alloc(length - head.length)]);
}

// RFC 8999 section 6: version 0, our source id as destination, our destination id as source, versions.
function negotiatesVersion1(reply: Buffer): boolean {
  const ids = Buffer.from(`0a${SOURCE}08${DESTINATION}`, "hex");
  const versions = reply.subarray(5 + ids.length).toString("hex");
  return (
    ((reply[0] ?? 0) & 0x80) !== 0 &&
    reply.readUInt32BE(1) === 0 &&
    reply.subarray(5, 5 + ids.length).equals(ids) &&
    [...versions.matchAll(/.{8}/g)].some(([version]) => version === VERSION_1)
  );
}

function sum(datagrams: readonly Uint8Array[]): number {
  return datagrams.reduce((total, { length }) => total + length, 0);
}
