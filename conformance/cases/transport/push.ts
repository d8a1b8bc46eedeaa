// Unidirectional streams: the server's carry one push each, the client's carry nothing
// (spec/transport.md).

import { DeliveryService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import { allOk, health, transportCase } from "./calls.ts";

const { enqueue } = DeliveryService.method;

const PUSH_MS = 2_000;

export const pushCases: readonly Case[] = [
  transportCase({
    id: "transport.push-streams.one-event-each",
    rules: ["transport.push-streams"],
    features: ["auth", "delivery", "push"],
    when: { push: ["on"] },
    sends: "three messages for a user who is logged in",
    expects: "three unidirectional streams, each with one push frame and FIN",
    checks: ["events", "frames"],
    async run(t) {
      const [alice, bob] = [await t.user(), await t.user()];
      const { events } = bob.peer;
      for (let count = 1; count <= 3; count++) {
        const payload = Buffer.from(`message ${count}`);
        demandOk(await alice.call(enqueue, { recipientKey: bob.key, payload }), "Enqueue");
        await events.find(() => events.all().length >= count, PUSH_MS);
      }
      const all = events.all();
      t.check("events", all.length === 3, { expected: "3 streams to FIN", got: `${all.length}` });
      const strange = all.find(({ eventType }) => eventType === undefined);
      t.check("frames", strange === undefined, {
        expected: "one push frame on each",
        got: Buffer.from(strange?.raw ?? []).toString("hex"),
      });
    },
  }),

  transportCase({
    id: "transport.push-streams.from-client",
    rules: ["transport.push-streams", "framing.typed-error"],
    sends: "unidirectional streams of the client, as many as there is credit for and eight at most",
    expects: "calls on the connection are answered; no credit at all is as good",
    async run(t) {
      const peer = await t.peer();
      for (let i = 0; i < 8; i++) {
        const stream = peer.quic.tryOpenUni();
        if (stream === undefined) break;
        const bytes = Buffer.from("0000000000 bytes that nobody asked for");
        // Every second one stays open; a refused write is what a server may answer.
        const sent = i % 2 === 0 ? stream.finish(bytes) : stream.write(bytes);
        sent.catch(() => {});
      }
      const first = await health(peer, 1);
      allOk(t, [first, await health(peer, 2)]);
    },
  }),
];
