// What a real peer cannot be made to do on purpose: an engine that misbehaves.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GUARD } from "../contract-support.ts";
import type { Engine } from "./binding.ts";
import { QuicheConnection } from "./connection.ts";
import type { Outbox } from "./outbox.ts";
import { Turn } from "./turn.ts";

const LOCAL = { host: "127.0.0.1", port: 1 };
const REMOTE = { host: "127.0.0.1", port: 2 };

/** An engine that, once closed, has a datagram to send whenever it is asked, and never drains. */
function endlessEngine(): Engine {
  let closed = false;
  const engine = {
    close: () => {
      closed = true;
    },
    send: () => (closed ? [1200, { from: LOCAL, to: REMOTE, at: {} }] : null),
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

describe("a closing connection", () => {
  // quiche 0.18 makes packets without end when an application close meets an unconfirmed handshake.
  it("sends few datagrams, whatever the engine has, and gives up in time", GUARD, async (t) => {
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
      engine: endlessEngine(),
      server: false,
      local: LOCAL,
      remote: REMOTE,
      outbox: outbox as unknown as Outbox,
      turn: new Turn(),
      handshakeTimeoutMs: 1000,
      onReady: () => assert.fail("there was no handshake"),
      onEnded: () => assert.fail("the close was not sent"),
      onReleased: () => released.resolve(),
    });
    const closed = connection.close(1, "too early");
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.ok(sent > 0 && sent <= 4, `${sent} datagrams`);
    t.mock.timers.tick(3000);
    await released.promise;
    await closed;
    assert.equal((await connection.closed).reason, "too early");
  });
});
