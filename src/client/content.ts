// What an application message holds (spec/client/content.md): decoded and checked, so that whoever uses
// it need not ask again whether an ID has its length or a file name leads out of a folder.

import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { MOST_FILE_BYTES } from "../crypto/client/attachment.ts";
import { PaddingError, pad, unpad } from "../crypto/client/padding.ts";
import {
  type Content,
  ContentSchema,
  type File,
  type TranscriptRecord,
  TranscriptRecordSchema,
} from "../gen/qpc/client/v1/content_pb.ts";
import { decodeStrictly } from "../rpc/decode.ts";
import { ClientFault } from "./faults.ts";

/** encodeContent encodes content to be sent. It throws RangeError for what no receiver would take. */
export function encodeContent(content: MessageInitShape<typeof ContentSchema>): Uint8Array {
  return encode(ContentSchema, content, checkContent);
}

/** decodeContent decodes content. It throws ClientFault `malformed` unless all of it is in order. */
export function decodeContent(bytes: Uint8Array): Content {
  return decode(ContentSchema, bytes, checkContent);
}

/** encodePadded is the plaintext of an application message. It throws RangeError like encodeContent. */
export function encodePadded(content: MessageInitShape<typeof ContentSchema>): Uint8Array {
  try {
    return pad(encodeContent(content));
  } catch (error) {
    if (error instanceof PaddingError) throw new RangeError(error.message);
    throw error;
  }
}

/** decodePadded reads the plaintext of an application message. It throws ClientFault `malformed`. */
export function decodePadded(plaintext: Uint8Array): Content {
  try {
    return decodeContent(unpad(plaintext));
  } catch (error) {
    if (error instanceof PaddingError) throw new ClientFault("malformed", error.message);
    throw error;
  }
}

/** encodeRecord encodes a record of a transcript. It throws RangeError. */
export function encodeRecord(record: MessageInitShape<typeof TranscriptRecordSchema>): Uint8Array {
  return encode(TranscriptRecordSchema, record, checkRecord);
}

/** decodeRecord decodes a record of a transcript. It throws ClientFault `malformed`. */
export function decodeRecord(bytes: Uint8Array): TranscriptRecord & { readonly content: Content } {
  const record = decode(TranscriptRecordSchema, bytes, checkRecord);
  return record as typeof record & { readonly content: Content };
}

/** 31 December 9999, 23:59:59.999: what every program can show as a date. */
const LATEST_MS = 253_402_300_799_999n;
const ID_BYTES = 16;
const KEY_BYTES = 32;
const MOST_EMOJI_BYTES = 64;
const MOST_NAME_BYTES = 255;
const MOST_SENDER_NAME_BYTES = 512;

/** What would lead out of a folder, or do something to a terminal. */
const NOT_IN_A_FILE_NAME = /[/\\\p{Cc}\p{Bidi_Control}]/u;
/** RFC 6838 section 4.2, without parameters. */
const MIME_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** Refusal is thrown by the checks, and turned into the error of the direction. */
class Refusal extends Error {}

function checkContent({ id, sentAtMs, body }: Content): void {
  checkLength("id", id, ID_BYTES);
  demand(sentAtMs <= LATEST_MS, "sent_at_ms is after the year 9999");
  switch (body.case) {
    case "text":
      checkText("text", body.value);
      break;
    case "reaction":
      checkLength("target_id", body.value.targetId, ID_BYTES);
      checkText("emoji", body.value.emoji, MOST_EMOJI_BYTES);
      break;
    case "edit":
      checkLength("target_id", body.value.targetId, ID_BYTES);
      checkText("text", body.value.text);
      break;
    case "deletion":
      checkLength("target_id", body.value.targetId, ID_BYTES);
      break;
    case "file":
      checkFile(body.value);
      break;
    case "timer":
      break;
    case undefined:
      throw new Refusal("no body that is known");
  }
}

function checkFile({ blobId, key, size, name, mimeType }: File): void {
  checkLength("blob_id", blobId, KEY_BYTES);
  checkLength("key", key, KEY_BYTES);
  demand(size <= MOST_FILE_BYTES, "size is more than a blob holds");
  checkText("name", name, MOST_NAME_BYTES);
  const isName = !NOT_IN_A_FILE_NAME.test(name) && name !== "." && name !== "..";
  demand(isName, "name is no name of a file");
  demand(MIME_TYPE.test(mimeType), "mime_type is no MIME type");
}

function checkRecord({ senderKey, senderName, receivedAtMs, content }: TranscriptRecord): void {
  checkLength("sender_key", senderKey, KEY_BYTES);
  checkText("sender_name", senderName, MOST_SENDER_NAME_BYTES);
  demand(receivedAtMs <= LATEST_MS, "received_at_ms is after the year 9999");
  demand(content !== undefined, "no content");
  checkContent(content);
}

function checkText(name: string, text: string, most = Number.POSITIVE_INFINITY): void {
  demand(text.length > 0, `${name} is empty`);
  demand(text.isWellFormed(), `${name} is no Unicode`);
  demand(Buffer.byteLength(text) <= most, `${name} has more than ${most} bytes`);
}

function checkLength(name: string, bytes: Uint8Array, length: number): void {
  demand(bytes.length === length, `${name} has ${bytes.length} bytes, not ${length}`);
}

function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Refusal(otherwise);
}

function encode<D extends DescMessage>(
  type: D,
  init: MessageInitShape<D>,
  check: (message: MessageShape<D>) => void,
): Uint8Array {
  const message = create(type, init);
  try {
    check(message);
  } catch (error) {
    throw error instanceof Refusal ? new RangeError(error.message) : error;
  }
  return toBinary(type, message);
}

function decode<D extends DescMessage>(
  type: D,
  bytes: Uint8Array,
  check: (message: MessageShape<D>) => void,
): MessageShape<D> {
  let message: MessageShape<D>;
  try {
    message = decodeStrictly(type, bytes);
  } catch (cause) {
    throw new ClientFault("malformed", `no ${type.name}`, { cause });
  }
  try {
    check(message);
  } catch (error) {
    throw error instanceof Refusal ? new ClientFault("malformed", error.message) : error;
  }
  return message;
}
