// The call that both sides make: the same Protobuf messages, decoded and encoded in the same way.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { HealthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";

const { input, output } = HealthService.method.health;

export const HEALTH_ID = methodOf(HealthService.method.health).id;

/** encodeRequest is a fresh HealthRequest in bytes. */
export function encodeRequest(): Uint8Array {
  return toBinary(input, create(input));
}

/** demandOk throws unless the bytes are the answer of a healthy server. */
export function demandOk(payload: Uint8Array): void {
  const { status } = fromBinary(output, payload);
  if (status !== "ok") throw new Error(`the server says "${status}"`);
}

/** answer is what a server does with a HealthRequest. */
export function answer(payload: Uint8Array, startedAt: number): Uint8Array {
  fromBinary(input, payload);
  const uptimeSecs = BigInt(Math.floor((Date.now() - startedAt) / 1000));
  return toBinary(output, create(output, { status: "ok", uptimeSecs }));
}
