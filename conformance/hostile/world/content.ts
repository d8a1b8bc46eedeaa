// What application messages of the judge's people hold (spec/client/{content,padding}.md).

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { pad, unpad } from "../../../src/crypto/client/padding.ts";
import { newIdentityKey } from "../../../src/crypto/identity/signing.ts";
import { type Content, ContentSchema } from "../../../src/gen/qpc/client/v1/content_pb.ts";

export type Body = NonNullable<MessageInitShape<typeof ContentSchema>["body"]>;

/** contentOf is a content as an honest sender makes it; a string is a text. */
export function contentOf(body: Body | string): Content {
  const isText = typeof body === "string";
  return create(ContentSchema, {
    id: newIdentityKey().publicKey.slice(0, 16),
    sentAtMs: BigInt(Date.now()),
    body: isText ? { case: "text", value: body } : body,
  });
}

/** plaintextOf is the padded content. */
export function plaintextOf(content: Content): Uint8Array {
  return pad(toBinary(ContentSchema, content));
}

/** contentIn reads a padded content. It throws for bytes that are none. */
export function contentIn(plaintext: Uint8Array): Content {
  return fromBinary(ContentSchema, unpad(plaintext));
}
