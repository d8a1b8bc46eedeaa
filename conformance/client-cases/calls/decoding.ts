// Payloads of an Ok that are the response message, however unusual, and payloads that are not
// (spec/framing.md, Payload).

import { methodByName } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { hex } from "../../cases/bytes.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import { HEALTH } from "../frames.ts";
import { takenAnswer } from "../one-call.ts";
import { ask, openScene } from "../scene.ts";
import { demandTyped } from "./methods.ts";

const TWIN = "client-calls.health.ok";

/** Bytes that are no HealthResponse to any decoder. */
const NO_MESSAGE = [
  ["wire-type-6", "0e00", "a field of wire type 6"],
  ["wire-type-7", "0f00", "a field of wire type 7"],
  ["field-zero", "0000", "field number 0"],
  ["endless-varint", "10ffffffffffffffffffff01", "a varint of eleven bytes"],
  ["length-past-end", "0a05616263", "a string of 5 bytes of which 3 are there"],
  ["length-past-2-31", "0affffffff0f61", "a string of 4,294,967,295 bytes of which one is there"],
  ["cut-fixed32", "fd3e000000", "an unknown field of 4 bytes of which 3 are there"],
  ["open-group", "c33e0801", "a group that does not end"],
  ["stray-end-group", "c43e", "the end of a group that did not begin"],
] as const;

/** Bytes that are a HealthResponse, though no encoder of ours would write them. */
const UNUSUAL = [
  ["unknown-varint", "0a026f6b c03e01 103c", "an unknown field among the others"],
  ["unknown-group", "0a026f6b c33e0801c43e 103c", "an unknown group among the others"],
  ["field-twice", "0a0178 0a026f6b", "a field twice, of which the last counts"],
  ["backwards", "103c 0a026f6b", "fields in another order"],
  ["long-varint", "0a026f6b 10bc8000", "a varint that is not the shortest"],
  ["long-length", "0a8280006f6b", "a length that is not the shortest"],
] as const;

/** Responses with a text field, and bytes for it that are no UTF-8. */
const TEXTS = [
  ["Health", "0a026180"],
  ["ResolveIdentity", "0a02c080"],
  ["CheckRevocation", "1203eda080"],
  ["DownloadBlob", "1a04f4908080"],
] as const;

export const decodingCases: readonly ClientCase[] = [
  ...NO_MESSAGE.map(([slug, payload, what]) =>
    defineClientCase({
      id: `client-calls.no-message.${slug}`,
      rules: ["framing.client-undecodable", "framing.protobuf-payload"],
      sends: `Ok to Health with ${what}`,
      expects: "msg.decode; the connection lives on",
      twin: TWIN,
      checks: ["answer", "connection-lives"],
      async run(t) {
        demandTyped(t);
        const scene = await openScene(t);
        const { reply, call } = await ask(scene);
        await call.answer(Status.Ok, hex(payload));
        t.refused(await reply, "msg.decode");
        await t.connectionLives(scene.sdk, scene.server);
      },
    }),
  ),

  ...TEXTS.map(([name, payload]) =>
    defineClientCase({
      id: `client-calls.not-utf8.${name.replace(/(?<=[a-z])[A-Z]/, "-$&").toLowerCase()}`,
      rules: ["framing.client-undecodable", "framing.invalid-utf8"],
      sends: `Ok to ${name} with a text that is no UTF-8`,
      expects: "msg.decode; the connection lives on",
      twin: TWIN,
      checks: ["answer", "connection-lives"],
      async run(t) {
        demandTyped(t);
        const scene = await openScene(t);
        const { reply, call } = await ask(scene, { method: methodByName(name)?.id ?? HEALTH });
        await call.answer(Status.Ok, hex(payload));
        t.refused(await reply, "msg.decode");
        await t.connectionLives(scene.sdk, scene.server);
      },
    }),
  ),

  ...UNUSUAL.map(([slug, payload, what]) =>
    takenAnswer({
      id: `client-calls.unusual-message.${slug}`,
      rules: ["framing.protobuf-payload"],
      sends: `Ok to Health with ${what}`,
      expects: "Ok",
      answer: (call) => call.answer(Status.Ok, hex(payload)),
      status: Status.Ok,
    }),
  ),
];
