// Mutants that clients can wear out: streams and connections that are never given back, memory for what
// was merely announced; and payloads that are taken for more than they are.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const SERVE = "src/rpc/serve.ts";
const READER = "src/wire/reader.ts";
const DECODE = "src/rpc/decode.ts";

export const ABUSE_MUTANTS: readonly Mutant[] = [
  {
    id: "abuse.streams.no-header-deadline",
    file: SERVE,
    find: "startTimer(options.headerDeadlineMs, slow)",
    replace: "startTimer(0, slow)",
    kills: ids("limits.abuse", "slow-headers streams-used-up"),
  },
  {
    id: "abuse.streams.1500-per-connection",
    file: SERVE,
    find: "for await (const stream of quic.acceptBidi()) {",
    replace: `let served = 0;
    for await (const stream of quic.acceptBidi()) {
      if (++served > 1500) break;`,
    kills: ["limits.abuse.resets"],
  },
  {
    id: "abuse.connections.forty",
    file: SERVE,
    find: "options.onConnection(connection);",
    replace: `const seen = globalThis as unknown as { seen?: number };
  seen.seen = (seen.seen ?? 0) + 1;
  if (seen.seen > 40) return void quic.close(Status.Unavailable, "enough");
  options.onConnection(connection);`,
    kills: ["limits.abuse.fifty-connections"],
  },
  {
    id: "abuse.methods.patience",
    file: "src/rpc/dispatch.ts",
    find: "if (composed === undefined) return { status: Status.UnknownMethod, payload: EMPTY };",
    replace: `if (composed === undefined) {
      const seen = globalThis as unknown as { unknown?: number };
      seen.unknown = (seen.unknown ?? 0) + 1;
      const status = seen.unknown > 300 ? Status.Unavailable : Status.UnknownMethod;
      return { status, payload: EMPTY };
    }`,
    kills: ["limits.abuse.unknown-methods"],
  },
  {
    id: "abuse.memory.reserved",
    file: READER,
    find: "if (!(await buffered.fill(header.payloadLength))) {",
    replace: `const reserved = new Uint8Array(header.payloadLength).fill(1);
  if (!(await buffered.fill(header.payloadLength)) || reserved.length < 0) {`,
    kills: ["limits.memory.announced-only"],
  },
  {
    id: "abuse.memory.never-freed",
    file: READER,
    find: "const payload = buffered.take(header.payloadLength);",
    replace: `const payload = buffered.take(header.payloadLength);
  const keep = globalThis as unknown as { kept?: Uint8Array[] };
  keep.kept = [...(keep.kept ?? []), ...Array.from({ length: 8 }, () => payload.slice())];`,
    kills: ["limits.memory.thirty-frames"],
  },
  {
    id: "abuse.decoding.endless-varint",
    file: DECODE,
    find: "reader.pos - start <= MOST_VARINT_BYTES",
    replace: "true",
    kills: ["framing.undecodable-payload.unknown-varint-11-bytes"],
  },
  {
    id: "abuse.decoding.past-the-message",
    file: "src/rpc/dispatch.ts",
    find: "const request = decodeRequest(method, payload);",
    replace: `const at = payload.length - 36;
      const runsOn = payload[at] === 0x7a && payload[at + 1] === 2;
      const read = Buffer.from(payload);
      if (runsOn) read[at + 1] = 34;
      const request = decodeRequest(method, read);`,
    kills: ["framing.undecodable-payload.field-past-its-message"],
  },
  {
    id: "abuse.decoding.any-wire-type",
    file: DECODE,
    find: "slot === undefined || slot.wireType === wireType || isPacked === true",
    replace: "true",
    kills: ["framing.undecodable-payload.wire-type-of-bytes"],
  },
];
