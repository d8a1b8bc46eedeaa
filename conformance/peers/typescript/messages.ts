// Messages of the protocol, and those inside of application messages (spec/client/content.md).

import { createRegistry, toBinary } from "@bufbuild/protobuf";
import {
  decodeContent,
  decodeRecord,
  encodeContent,
  encodeRecord,
} from "../../../src/client/content.ts";
import { ClientFault } from "../../../src/client/faults.ts";
import { EVENTS } from "../../../src/registry/events.ts";
import { METHODS } from "../../../src/registry/methods.ts";
import { decodeStrictly } from "../../../src/rpc/decode.ts";
import { fieldsOf } from "../../../vectors/decoded-fields.ts";
import { bytesOf, type Operations, Refusal, toBytes } from "./operations.ts";

// Inner messages stand in the files of those that methods take.
const FILES = new Set([
  ...METHODS.flatMap(({ input, output }) => [input.file, output.file]),
  ...EVENTS.map(({ message }) => message.file),
]);
const TYPES = createRegistry(...FILES, ...[...FILES].flatMap(({ dependencies }) => dependencies));

export const messages: Operations = {
  "msg.roundtrip": (request) => {
    const type = TYPES.getMessage(String(request.type));
    if (type === undefined) throw new TypeError(`there is no message ${request.type}`);
    const message = decoded(() => decodeStrictly(type, bytesOf(request, "bytes")));
    return { bytes: toBytes(toBinary(type, message)), fields: fieldsOf(type, message) };
  },
  "content.roundtrip": (request) => {
    const bytes = bytesOf(request, "bytes");
    const isContent = request.type === "qpc.client.v1.Content";
    try {
      const again = isContent
        ? encodeContent(decodeContent(bytes))
        : encodeRecord(decodeRecord(bytes));
      return { bytes: toBytes(again) };
    } catch (error) {
      if (!(error instanceof ClientFault)) throw error;
      const stage = error.cause === undefined ? "rule" : "message";
      throw new Refusal({ class: "msg.decode", stage });
    }
  },
};

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new Refusal({ class: "msg.decode", stage: "message", msg: String(error) });
  }
}
