// What is wrong with the bytes that went through a tap, whoever sent them. Spec: framing.md, status.md,
// events.md.

import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../src/gen/qpc/v1/common_pb.ts";
import { EVENTS } from "../../src/registry/events.ts";
import { METHODS } from "../../src/registry/methods.ts";
import { isStatus, Status } from "../../src/registry/statuses.ts";
import { FrameError, PUSH, REQUEST, RESPONSE } from "../../src/wire/frame.ts";
import { decodeFrame } from "../../src/wire/reader.ts";
import { bytesOf, type Tap, type Tapped } from "./tap.ts";

/** faultsOf answers a sentence for each breach of the protocol by either side; none is the rule. */
export function faultsOf({ streams }: Pick<Tap, "streams">): string[] {
  return streams.flatMap((stream) => {
    try {
      inspect(stream);
      return [];
    } catch (error) {
      if (!(error instanceof Fault || error instanceof FrameError)) throw error;
      return [`${stream.kind} ${stream.connection}/${stream.stream}: ${error.message}`];
    }
  });
}

class Fault extends Error {}

function inspect(stream: Tapped): void {
  if (stream.kind === "call") inspectCall(stream);
  else if (stream.kind === "push") inspectPush(stream);
  else throw new Fault("nobody opens such a stream");
}

// What was given up on the way may be cut anywhere.
function inspectCall({ fromClient, fromServer }: Tapped): void {
  const request = fromClient.end === "fin" ? decodeFrame(bytesOf(fromClient), REQUEST) : undefined;
  if (fromServer.end === "open") throw new Fault("the request was never answered");
  if (fromServer.end !== "fin") return;
  const response = decodeFrame(bytesOf(fromServer), RESPONSE);
  const { status, requestId, payload } = response;
  if (!isStatus(status)) throw new Fault(`status ${status} is not assigned`);
  if (request === undefined) return;
  if (requestId !== request.requestId) {
    throw new Fault(`request_id ${request.requestId} was answered with ${requestId}`);
  }
  const method = METHODS.find(({ id }) => id === request.methodId);
  if (status !== Status.Ok) {
    if (payload.length > 0) decode(ErrorDetailSchema, payload, "the payload of a refusal");
  } else if (method === undefined) {
    throw new Fault(`method ${request.methodId}, which nobody assigned, was answered Ok`);
  } else {
    decode(method.input, request.payload, `the request of ${method.name}`);
    decode(method.output, payload, `the answer to ${method.name}`);
  }
}

function inspectPush({ fromServer }: Tapped): void {
  if (fromServer.end !== "fin") return;
  const { eventType, payload } = decodeFrame(bytesOf(fromServer), PUSH);
  const event = EVENTS.find(({ id }) => id === eventType);
  if (event === undefined) throw new Fault(`event ${eventType} is not known`);
  decode(event.message, payload, `event ${eventType}`);
}

function decode(schema: DescMessage, payload: Uint8Array, what: string): void {
  try {
    fromBinary(schema, payload);
  } catch (error) {
    throw new Fault(`${what} is no ${schema.name}: ${(error as Error).message}`);
  }
}
