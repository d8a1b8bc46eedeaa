// messages.json: every structure is decoded, and encoded again to the same bytes. RFC 9420 section 6 and
// chapters 10 and 12.

import assert from "node:assert/strict";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls";
import type { Decoder } from "ts-mls/codec/tlsDecoder.js";
import type { Encoder } from "ts-mls/codec/tlsEncoder.js";
import { decodeCommit, encodeCommit } from "ts-mls/commit.js";
import { decodeGroupSecrets, encodeGroupSecrets } from "ts-mls/groupSecrets.js";
import * as proposals from "ts-mls/proposal.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { equal } from "../case.ts";
import { decode } from "./decode.ts";

type Messages = Readonly<Record<string, string>>;

/** What the members of a vector are called, and how each is read and written. */
const STRUCTURES: Readonly<Record<string, (text: string) => Uint8Array>> = {
  ratchet_tree: codec(decodeRatchetTree, encodeRatchetTree),
  group_secrets: codec(decodeGroupSecrets, encodeGroupSecrets),
  add_proposal: codec(proposals.decodeAdd, proposals.encodeAdd),
  update_proposal: codec(proposals.decodeUpdate, proposals.encodeUpdate),
  remove_proposal: codec(proposals.decodeRemove, proposals.encodeRemove),
  pre_shared_key_proposal: codec(proposals.decodePSK, proposals.encodePSK),
  re_init_proposal: codec(proposals.decodeReinit, proposals.encodeReinit),
  external_init_proposal: codec(proposals.decodeExternalInit, proposals.encodeExternalInit),
  group_context_extensions_proposal: codec(
    proposals.decodeGroupContextExtensions,
    proposals.encodeGroupContextExtensions,
  ),
  commit: codec(decodeCommit, encodeCommit),
  mls_welcome: message("mls_welcome"),
  mls_group_info: message("mls_group_info"),
  mls_key_package: message("mls_key_package"),
  private_message: message("mls_private_message"),
  public_message_application: message("application"),
  public_message_proposal: message("proposal"),
  public_message_commit: message("commit"),
};

export function checkMessages(vector: Messages): void {
  assert.deepEqual(Object.keys(vector).sort(), Object.keys(STRUCTURES).sort());
  for (const [name, again] of Object.entries(STRUCTURES)) {
    const bytes = vector[name] ?? "";
    equal(again(bytes), bytes, name);
  }
}

function codec<T>(decoder: Decoder<T>, encoder: Encoder<T>): (text: string) => Uint8Array {
  return (text) => encoder(decode(decoder, text));
}

/** message is the codec of an MLSMessage of that wire format or, if public, with that content. */
function message(kind: string): (text: string) => Uint8Array {
  return (text) => {
    const one = decode(decodeMlsMessage, text);
    const isPublic = one.wireformat === "mls_public_message";
    assert.equal(isPublic ? one.publicMessage.content.contentType : one.wireformat, kind);
    return encodeMlsMessage(one);
  };
}
