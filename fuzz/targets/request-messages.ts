// Every request message, and the field rules on what was decoded. The first byte of an input chooses
// the method, the rest is the payload.

import { METHODS, type Method } from "../../src/registry/methods.ts";
import { RpcError } from "../../src/rpc/error.ts";
import { checkFields } from "../../src/rpc/fields.ts";
import { decode, messageVectors, PROTOBUF_SOURCES } from "../message-target.ts";
import { outcomeOf, type Target } from "../target.ts";

export const requestMessages: Target = {
  name: "request-messages",
  covers: [...PROTOBUF_SOURCES, "/src/rpc/fields.ts"],
  seeds() {
    const types = new Map(METHODS.map(({ input }) => [input.name, input]));
    return messageVectors(types).map(({ type, bytes }) => {
      const index = METHODS.findIndex(({ input }) => input === type);
      return Buffer.concat([Buffer.of(index), bytes]);
    });
  },
  async run([index = 0, ...payload]) {
    const method = METHODS[index % METHODS.length] as Method;
    const request = await decode(method.input, Uint8Array.from(payload));
    if (request) await outcomeOf(() => checkFields(method, request), isRpcError);
  },
};

function isRpcError(error: unknown): error is RpcError {
  return error instanceof RpcError;
}
