// Typed calls, derived from the descriptors of proto/qpc/v1/methods.proto: a new method is there
// without code of its own (spec/methods.md).

import {
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import { type Method, methodOf, needsSession } from "../registry/methods.ts";
import type { Caller } from "../rpc/caller.ts";
import { decodeStrictly } from "../rpc/decode.ts";
import { type CallOptions, type SessionCredentials, sendRequest, withTrailer } from "./call.ts";

/**
 * Client has a function per rpc of a service: `client.enqueue({ recipientKey, payload })` answers an
 * EnqueueResponse. Each throws CallError for a status other than Ok, ResponseError for an answer
 * that is not the message of the method, and the errors of the connection.
 */
export type Client<M extends GenServiceMethods> = {
  readonly [K in keyof M]: (
    request: MessageInitShape<M[K]["input"]>,
    options?: CallOptions,
  ) => Promise<MessageShape<M[K]["output"]>>;
};

/** ResponseError: the answer is no frame, or an Ok whose payload is not the response of the method. */
export class ResponseError extends Error {
  override name = "ResponseError";
}

/**
 * createClient makes the calls of one service. With `credentials`, calls of methods that look at the
 * session carry them in their body; without, the session bound to the connection counts.
 */
export function createClient<M extends GenServiceMethods>(
  service: GenService<M>,
  caller: Caller,
  credentials?: SessionCredentials,
): Client<M> {
  const functions = service.methods.map((descriptor) => {
    const method = methodOf(descriptor);
    const shown = needsSession(method) ? credentials : undefined;
    const call = async (request: MessageInitShape<DescMessage>, options?: CallOptions) => {
      const encoded = toBinary(method.input, create(method.input, request));
      const complete = shown ? withTrailer(encoded, shown) : encoded;
      return decodeResponse(method, await sendRequest(caller, method, complete, options));
    };
    return [descriptor.localName, call] as const;
  });
  // The descriptor fixes the types of each function, which the type system cannot follow through a list.
  return Object.fromEntries(functions) as unknown as Client<M>;
}

/** decodeResponse reads the payload of an Ok. It throws ResponseError. */
export function decodeResponse({ name, output }: Method, payload: Uint8Array): Message {
  try {
    return decodeStrictly(output, payload);
  } catch (cause) {
    throw new ResponseError(`${name}: the answer is no ${output.name}`, { cause });
  }
}
