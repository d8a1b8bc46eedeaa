// First flights that the suite's QUIC engine does not make: no ALPN, no TLS 1.3 (spec/transport.md).

import type { Case } from "../../judge/case.ts";
import type { Trial } from "../../judge/trial.ts";
import { allOk, health, transportCase } from "./calls.ts";
import { greet, type Hello } from "./hello.ts";
import type { Reply } from "./initial.ts";

export const firstFlightCases: readonly Case[] = [
  transportCase({
    id: "transport.first-flight.complete",
    rules: ["transport.tls13", "transport.alpn"],
    sends: "a hand-made ClientHello that offers TLS 1.3 and the ALPN token of the subject",
    expects: "a ServerHello",
    async run(t) {
      const replies = await greet(t.subject, { alpn: t.profile.alpn, versions: ["0304"] });
      t.check("answer", replies[0]?.kind === "server-hello", {
        expected: "a ServerHello",
        got: spell(replies),
      });
    },
  }),

  transportCase({
    id: "transport.first-flight.without-alpn",
    rules: ["transport.alpn-missing"],
    twin: "transport.first-flight.complete",
    sends: "the same without ALPN",
    expects: "CONNECTION_CLOSE or silence; a new connection is served",
    checks: ["refused", "answer"],
    errata: ["C-02"],
    run: (t) => refused(t, { versions: ["0304"] }),
  }),

  transportCase({
    id: "transport.first-flight.tls12",
    rules: ["transport.tls13"],
    twin: "transport.first-flight.complete",
    sends: "the same with TLS 1.2 as the only version",
    expects: "CONNECTION_CLOSE or silence; a new connection is served",
    checks: ["refused", "answer"],
    run: (t) => refused(t, { alpn: t.profile.alpn, versions: ["0303"] }),
  }),
];

// A TLS stack may write its ServerHello before it finds the fault; then it must close all the same.
async function refused(t: Trial, hello: Hello): Promise<void> {
  const replies = await greet(t.subject, hello);
  const closed = replies.some(({ kind }) => kind === "closed");
  t.check("refused", closed || replies.length === 0, {
    expected: "CONNECTION_CLOSE or silence",
    got: spell(replies),
  });
  allOk(t, [await health(await t.peer())]);
}

function spell(replies: readonly Reply[]): string {
  const words = replies.map((one) =>
    one.kind === "closed" ? `close, code ${one.code}` : one.kind,
  );
  return words.join(", ") || "silence";
}
