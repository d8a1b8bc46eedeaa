// What a client keeps and sends inside (spec/client/).

import { openAttachment } from "../../../src/crypto/client/attachment.ts";
import { pad, unpad } from "../../../src/crypto/client/padding.ts";
import { passphraseKey } from "../../../src/crypto/client/passphrase.ts";
import { openRecoveryBundle } from "../../../src/crypto/client/recovery-bundle.ts";
import {
  formatRecoveryCode,
  parseRecoveryCode,
  recoveryKeys,
} from "../../../src/crypto/client/recovery-code.ts";
import { openWithKey } from "../../../src/crypto/client/transcript.ts";
import { readChain } from "../../../src/crypto/client/transcript-chain.ts";
import { bytesOf, type Operations, Refusal, type Request, toBytes } from "./operations.ts";

export const clientFormats: Operations = {
  "padding.pad": (request) => ({ bytes: toBytes(pad(bytesOf(request, "content"))) }),
  "padding.unpad": (request) => ({ content: toBytes(unpad(bytesOf(request, "bytes"))) }),
  "attachment.open": (request) => {
    const from = { blobId: bytesOf(request, "blob_id"), key: bytesOf(request, "key") };
    return { file: toBytes(openAttachment(bytesOf(request, "blob"), from)) };
  },
  "recovery.code": (request) => {
    const secret = parseRecoveryCode(new TextDecoder().decode(bytesOf(request, "text")));
    const { token, tokenHash, key } = recoveryKeys(secret);
    return {
      secret: toBytes(secret),
      code: formatRecoveryCode(secret),
      token: toBytes(token),
      token_hash: toBytes(tokenHash),
      key: toBytes(key),
    };
  },
  "recovery.open": (request) => {
    const contents = openRecoveryBundle(bytesOf(request, "secret"), bytesOf(request, "bundle"));
    const { username, identitySeed, password } = contents;
    return { username, identity_seed: toBytes(identitySeed), password };
  },
  "transcript.read": (request) => {
    const { records, broken } = readChain(
      bytesOf(request, "body"),
      bytesOf(request, "conversation_id"),
    );
    if (broken) {
      throw new Refusal({ class: "local.invalid", stage: broken.kind, record: broken.record });
    }
    return { records: records.map(toBytes) };
  },
  "transcript.open": openTranscript,
};

/** Argon2id takes its time: each passphrase and salt is derived once. */
const keys = new Map<string, Promise<Uint8Array>>();

async function openTranscript(request: Request): Promise<object> {
  const file = bytesOf(request, "file");
  const salt = file.length < 33 ? new Uint8Array(16) : file.slice(5, 21);
  const passphrase = String(request.passphrase);
  const name = `${Buffer.from(salt).toString("hex")} ${passphrase}`;
  const making = keys.get(name) ?? passphraseKey(passphrase, salt);
  keys.set(name, making);
  const key = await making;
  const records = openWithKey(key, file, bytesOf(request, "conversation_id"));
  return { key: toBytes(key), records: records.map(toBytes) };
}
