// Every method of the table as a call: what the client writes, what it makes of a right answer, of one
// that is no message, and of a refusal. The ids follow from the table: `client-calls.<method>.<slug>`.

import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../../src/gen/qpc/v1/common_pb.ts";
import { METHODS, type Method } from "../../../src/registry/methods.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { kebab } from "../../cases/requests.ts";
import { type ClientCase, defineClientCase } from "../../client/case.ts";
import type { ClientTrial } from "../../client/trial.ts";
import { Unsupported } from "../../judge/errors.ts";
import { EMPTY } from "../frames.ts";
import { isFrame } from "../framing/requests.ts";
import { messageBytes, sampleOf } from "../messages.ts";
import { ask, openScene } from "../scene.ts";

/** Faults of which the vectors have one for every response, and those that take a field. */
const FAULTS = ["cut-in-tag", "end-group"];
const FIELD_FAULTS = ["cut-in-field", "wrong-wire-type"];

export const methodCases: readonly ClientCase[] = METHODS.flatMap((method) => [
  answeredOk(method),
  answeredNonsense(method),
  answeredRefusal(method),
]);

function idOf({ name }: Method, slug: string): string {
  return `client-calls.${kebab(name)}.${slug}`;
}

function answeredOk(method: Method): ClientCase {
  const { id, name, input, output } = method;
  return defineClientCase({
    id: idOf(method, "ok"),
    rules: ["methods.table", "framing.request-header", "framing.protobuf-payload"],
    sends: `to ${name}, method ${id}, Ok with every field of ${output.name}, then Ok without a payload`,
    expects: "two request frames as they must be; both answers come back as they are",
    checks: ["frame", "answer", "empty-answer"],
    async run(t) {
      const scene = await openScene(t);
      const body = sampleOf(input.name);
      const full = await ask(scene, { method: id, body });
      isFrame(t, full.call, id, body);
      const payload = sampleOf(output.name);
      await full.call.answer(Status.Ok, payload);
      t.answered(await full.reply, Status.Ok, payload);
      const empty = await ask(scene, { method: id, body });
      await empty.call.answer(Status.Ok, EMPTY);
      t.answered(await empty.reply, Status.Ok, EMPTY, "empty-answer");
    },
  });
}

function answeredNonsense(method: Method): ClientCase {
  const { id, name, input, output } = method;
  const faults = output.fields.length === 0 ? FAULTS : [...FAULTS, ...FIELD_FAULTS];
  return defineClientCase({
    id: idOf(method, "no-message"),
    rules: ["framing.client-undecodable", "framing.protobuf-payload"],
    sends: `to ${name} an Ok whose payload is no ${output.name}: ${faults.join(", ")}`,
    expects: "msg.decode each time; the connection lives on",
    twin: idOf(method, "ok"),
    checks: [...faults, "connection-lives"],
    async run(t) {
      demandTyped(t);
      const scene = await openScene(t);
      for (const fault of faults) {
        const { reply, call } = await ask(scene, { method: id, body: sampleOf(input.name) });
        await call.answer(Status.Ok, vectorOf(output.name, fault));
        t.refused(await reply, "msg.decode", fault);
      }
      await t.connectionLives(scene.sdk, scene.server);
    },
  });
}

function answeredRefusal(method: Method): ClientCase {
  const { id, name, input } = method;
  const status = method.errors.at(-1) ?? Status.BadRequest;
  return defineClientCase({
    id: idOf(method, "refusal"),
    rules: ["status.client-error-detail", "status.error-detail"],
    sends: `to ${name} ${statusName(status)} with an ErrorDetail, and once more without a payload`,
    expects: "the status both times; the connection lives on",
    checks: ["answer", "without-detail", "connection-lives"],
    errata: ["C-11"],
    async run(t) {
      const scene = await openScene(t);
      const body = sampleOf(input.name);
      const detailed = await ask(scene, { method: id, body });
      const detail = create(ErrorDetailSchema, { message: "no", code: "sessions.unauthorized" });
      await detailed.call.answer(status, toBinary(ErrorDetailSchema, detail));
      t.answered(await detailed.reply, status);
      const bare = await ask(scene, { method: id, body });
      await bare.call.answer(status);
      t.answered(await bare.reply, status, undefined, "without-detail");
      await t.connectionLives(scene.sdk, scene.server);
    },
  });
}

/** demandTyped excuses an SDK that hands out payloads as they come, and says so. */
export function demandTyped(t: ClientTrial): void {
  if (t.hello.features.includes("raw-calls")) throw new Unsupported("hands out payloads unread");
}

function vectorOf(message: string, name: string): Uint8Array {
  const bytes = messageBytes(message, name);
  if (bytes === undefined) throw new Error(`there is no vector ${name} of ${message}`);
  return bytes;
}
