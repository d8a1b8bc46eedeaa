// A ClientHello by hand, and what a server says to it (RFC 8446 section 4.1.2, RFC 9001 section 8).

import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Subject } from "../../judge/subject.ts";
import { hex } from "../bytes.ts";
import { counted, type Ids, openReply, type Reply, sealInitial } from "./initial.ts";
import { exchange } from "./udp.ts";

export interface Hello {
  /** Absent: no ALPN extension at all. */
  readonly alpn?: string;
  /** TLS versions offered, as on the wire. */
  readonly versions: readonly ("0304" | "0303")[];
}

const ANSWER_MS = 500;

const TLS_13_SUITES = "1301 1302 1303";
const TLS_12_SUITES = "c02b c02c c02f c030";
const SIGNATURES = "0403 0807 0804 0503 0805 0806 0401";

/** greet sends a ClientHello, a second time after a Retry, and answers what was said to it. */
export async function greet(subject: Subject, hello: Hello): Promise<readonly Reply[]> {
  const source = randomBytes(8);
  const message = clientHello(hello, source, subject.serverName);
  const ask = async (ids: Ids) => {
    const replies = await exchange(subject, [sealInitial(ids, message)], ANSWER_MS);
    return replies.map((one) => openReply(one, ids)).filter((one) => one !== undefined);
  };
  const replies = await ask({ destination: randomBytes(8), source, token: Buffer.alloc(0) });
  const retry = replies.find((one) => one.kind === "retry");
  return retry ? ask(retry.ids) : replies;
}

function clientHello({ alpn, versions }: Hello, source: Buffer, serverName: string): Buffer {
  const key = generateKeyPairSync("x25519").publicKey.export({ format: "der", type: "spki" });
  const extensions = [
    extension(0, counted(2, Buffer.from([0]), counted(2, Buffer.from(serverName)))),
    extension(10, counted(2, hex("001d"))),
    extension(13, counted(2, hex(SIGNATURES))),
    extension(43, counted(1, hex(...versions))),
    extension(51, counted(2, hex("001d"), counted(2, key.subarray(-32)))),
    // initial_source_connection_id, without which no server may go on
    extension(57, Buffer.concat([Buffer.from([0x0f]), counted(1, source)])),
    ...(alpn === undefined ? [] : [extension(16, counted(2, counted(1, Buffer.from(alpn))))]),
  ];
  const body = [
    hex("0303"),
    randomBytes(32),
    hex("00"),
    counted(2, hex(TLS_13_SUITES, versions.includes("0303") ? TLS_12_SUITES : "")),
    hex("0100"),
    counted(2, ...extensions),
  ];
  return Buffer.concat([hex("01"), counted(3, ...body)]);
}

function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, type]), counted(2, data)]);
}
