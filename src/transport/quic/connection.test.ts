// What a real peer cannot be made to do on purpose: an engine that misbehaves.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { GUARD } from "../contract-support.ts";
import type { Engine } from "./binding.ts";
import { QuicheConnection } from "./connection.ts";
import type { Outbox } from "./outbox.ts";
import { Turn } from "./turn.ts";

const LOCAL = { host: "127.0.0.1", port: 1 };
const REMOTE = { host: "127.0.0.1", port: 2 };

/** An engine that breaks with whatever it receives, and can never send its close. */
function stuckEngine(send: () => unknown): Engine {
  let closed = false;
  const engine = {
    close: () => {
      closed = true;
    },
    recv: () => {
      closed = true;
      throw new Error("InvalidPacket");
    },
    send: () => (closed ? send() : null),
    localError: () =>
      closed ? { isApp: true, errorCode: 1, reason: Buffer.from("too early") } : null,
    peerError: () => null,
    isEstablished: () => false,
    isDraining: () => false,
    isClosed: () => false,
    timeout: () => null,
  };
  return engine as unknown as Engine;
}

function setUp(t: TestContext, engine: Engine) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let sent = 0;
  const outbox = {
    slot: () => Buffer.alloc(1350),
    send: () => {
      sent += 1;
      assert.ok(sent < 1000, "no end of datagrams");
    },
  };
  const released = Promise.withResolvers<void>();
  const connection = new QuicheConnection({
    engine,
    server: false,
    local: LOCAL,
    remote: REMOTE,
    outbox: outbox as unknown as Outbox,
    turn: new Turn(),
    handshakeTimeoutMs: 100_000,
    onReady: () => assert.fail("there was no handshake"),
    onEnded: () => assert.fail("the close was not sent"),
    onReleased: () => released.resolve(),
  });
  return { connection, released: released.promise, sent: () => sent };
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

describe("a closing connection", () => {
  // quiche 0.18 makes packets without end when an application close meets an unconfirmed handshake.
  it("sends few datagrams, whatever the engine has, and gives up in time", GUARD, async (t) => {
    const endless = () => [1200, { from: LOCAL, to: REMOTE, at: {} }];
    const { connection, released, sent } = setUp(t, stuckEngine(endless));
    const closed = connection.close(1, "too early");
    await turn();
    assert.ok(sent() > 0 && sent() <= 4, `${sent()} datagrams`);
    t.mock.timers.tick(3000);
    await released;
    await closed;
    assert.equal((await connection.closed).reason, "too early");
  });

  it("gives up in time when it cannot say that the peer broke the protocol", GUARD, async (t) => {
    const { connection, released } = setUp(
      t,
      stuckEngine(() => null),
    );
    connection.receive(Buffer.alloc(20), { address: REMOTE.host, port: REMOTE.port });
    await turn();
    await assert.rejects(connection.openBidi(), { name: "ConnectionError" });
    t.mock.timers.tick(3000);
    await released;
    assert.equal((await connection.closed).code, 1);
  });
});
