// A client that does nothing and says that all is well must not be green anywhere: cases whose checks
// could hold for want of anything that speaks against them, and one or two of each area.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { stdioChannel } from "../adapter/channel.ts";
import { openSession } from "../adapter/session.ts";
import { runClients } from "../client/run.ts";
import { ALL_CLIENT_CASES } from "./all.ts";

const ADAPTER = fileURLToPath(new URL("../adapter/broken/constants.ts", import.meta.url));

const SAMPLE = [
  "client-transport.trust.self-signed",
  "client-transport.trust.second-name",
  "client-framing.response-cut.whole",
  "client-status.assigned.0",
  "client-calls.health.ok",
  "client-push.known.new-message",
  "client-session.login.nothing-of-its-own",
  "client-opaque.password.not-on-the-wire",
  "client-opaque.login.honest",
  "client-keys.upload.own-key-only",
  "client-keys.upload.lifetime",
  "client-keys.hybrid.vanished",
  "client-kt.revoked.at-first",
  "client-delivery.ack.follows",
  "client-mls.group.honest",
  "client-envelope.sealed.honest",
  "client-group.create.name-not-told",
  "client-blob.upload.mime-type",
  "client-blob.upload.resumed",
];

test("an adapter that answers everything, and does nothing, passes no case", async () => {
  const cases = ALL_CLIENT_CASES.filter(({ id }) => SAMPLE.includes(id));
  assert.equal(cases.length, SAMPLE.length);
  const command = `exec '${process.execPath}' '${ADAPTER}'`;
  const versions = { suite: "test", spec: "test" };
  const { results } = await runClients({
    cases,
    session: await openSession(stdioChannel(command), { ...versions, timeout: 5_000 }),
    transport: createQuicTransport(),
    seed: 1,
    parallel: 20,
    // Whatever the cases wait for does not come.
    timeoutScale: 0.05,
    mutantsOf: () => [],
    repro: (id) => id,
    onResult: () => {},
  });
  const others = results.filter(({ verdict }) => verdict !== "fail");
  assert.deepEqual(
    others.map(({ id, verdict, note }) => [id, verdict, note]),
    [],
  );
});
