// The stage of federation: servers that the judge plays, and who is let in there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { FederationService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../src/registry/statuses.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";
import { ConnectionError } from "../../src/transport/transport.ts";
import {
  FOREIGN,
  HOME,
  openStage,
  REMOTE,
  type Shown,
  type Stage,
  WRONG_NAME,
} from "./federation.ts";
import { createPacing } from "./pacing.ts";
import { createPeer } from "./peer.ts";
import { createTrace } from "./trace.ts";

const { relayEnqueue, relayBatchEnqueue, proxyResolveUser, proxyFetchKeyPackage } =
  FederationService.method;

const FROM_HOME = { federationAuth: { origin: HOME } };
const GUARD = { timeout: 20_000 };

let stage: Stage;
before(async () => {
  stage = await openStage(createQuicTransport());
});
after(() => stage.close());

test("a remote user is resolved, and what is asked about it is noted", GUARD, async () => {
  const peer = await dial(REMOTE);
  const user = stage.remote(REMOTE).newUser();
  assert.equal(user.address, `${user.username}@${REMOTE}`);
  const resolved = await peer.call(proxyResolveUser, { ...FROM_HOME, username: user.username });
  assert.deepEqual(Buffer.from(resolved.message().identityKey), Buffer.from(user.key));
  const nobody = await peer.call(proxyResolveUser, { ...FROM_HOME, username: "nobody" });
  assert.equal(nobody.status, Status.NotFound);
  assert.deepEqual(
    user.asked.map(({ method, origin }) => [method, origin]),
    [["ProxyResolveUser", HOME]],
  );
  await peer.close();
});

test("relays get the seqs of one inbox, a repeated message_id its first one", GUARD, async () => {
  const peer = await dial(REMOTE);
  const user = stage.remote(REMOTE).newUser();
  const message = { recipientKey: user.key, payload: Buffer.from("x") };
  const named = { ...message, messageId: new Uint8Array(16) };
  const one = await peer.call(relayEnqueue, { ...FROM_HOME, message: named });
  const two = await peer.call(relayEnqueue, { ...FROM_HOME, message: named });
  const batch = { ...FROM_HOME, messages: [message, named] };
  const three = await peer.call(relayBatchEnqueue, batch);
  const first = user.nextSeq;
  assert.deepEqual([one.message().seq, one.message().duplicate], [first, false]);
  assert.deepEqual([two.message().seq, two.message().duplicate], [first, true]);
  assert.deepEqual(three.message().seqs, [first + 2n, first]);
  await peer.close();
});

test("a script takes the place of the answer", GUARD, async () => {
  const peer = await dial(REMOTE);
  const user = stage.remote(REMOTE).newUser();
  const fetch = (ms = 2_000) =>
    peer.call(proxyFetchKeyPackage, { ...FROM_HOME, identityKey: user.key }, { ms });
  user.packages.push(Buffer.from("one"));
  user.answer = Status.Internal;
  assert.equal((await fetch()).status, Status.Internal);
  user.answer = "silence";
  await assert.rejects(fetch(100), /silence/);
  user.answer = undefined;
  assert.equal(Buffer.from((await fetch()).message().package).toString(), "one");
  assert.equal((await fetch()).message().package.length, 0);
  await peer.close();
});

test("nobody gets in without a certificate, and impostors are found out", GUARD, async () => {
  for (const shown of ["none", "foreign", "expired"] as const) {
    await assert.rejects(dial(REMOTE, shown), ConnectionError);
  }
  for (const domain of [WRONG_NAME, FOREIGN]) {
    await assert.rejects(dial(domain), ConnectionError);
  }
});

test("a section names the domain, its certificate, and peers with a dead one", GUARD, async () => {
  const { domain, peers, cert_pem } = await stage.section();
  assert.equal(domain, HOME);
  assert.match(cert_pem, /BEGIN CERTIFICATE/);
  assert.deepEqual(Object.keys(peers).sort(), [
    "b.test",
    "c.test",
    "down.test",
    "foreign.test",
    "wrong-name.test",
  ]);
  assert.equal((await stage.section({ domain: REMOTE })).domain, REMOTE);
});

async function dial(domain: string, shown: Shown = "valid") {
  const port = Number(stage.remote(domain).address.split(":")[1]);
  const quic = await stage.dial({ port, serverName: domain, alpn: "qpc", domain: HOME, shown });
  const pacing = createPacing({ perSecond: 0, onFirst: () => {} });
  return createPeer(quic, { trace: createTrace(), pacing, callMs: 2_000 });
}
