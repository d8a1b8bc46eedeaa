// Valid requests of delivery and keys.

import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { demandOk } from "../../judge/account.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { type Makers, own } from "./request.ts";

const HYBRID_KEY_BYTES = 1216;

export const MESSAGE_REQUESTS: Makers = {
  Enqueue: (t) => own(t, (key) => ({ recipientKey: key, payload: t.bytes(40) })),
  Fetch: (t) => own(t, (key) => ({ recipientKey: key })),
  FetchWait: (t) => own(t, (key) => ({ recipientKey: key, timeoutMs: 0n })),
  Peek: (t) => own(t, (key) => ({ recipientKey: key })),
  Ack: (t) => own(t, (key) => ({ recipientKey: key, seqUpTo: 0n })),
  BatchEnqueue: (t) => own(t, (key) => ({ recipientKeys: [key], payload: t.bytes(40) })),
  UploadKeyPackage: (t) => own(t, (key) => ({ identityKey: key, package: t.bytes(200) })),
  FetchKeyPackage: async (t) => {
    const user = await withPackage(t);
    return { caller: user, fields: { identityKey: user.key } };
  },
  UploadHybridKey: (t) =>
    own(t, (key) => ({ identityKey: key, hybridPublicKey: t.bytes(HYBRID_KEY_BYTES) })),
  FetchHybridKey: async (t) => {
    const user = await withHybridKey(t);
    return { caller: user, fields: { identityKey: user.key } };
  },
  FetchHybridKeys: (t) => own(t, (key) => ({ identityKeys: [key] })),
};

export async function withPackage(t: Trial): Promise<User> {
  const user = await t.user();
  const upload = { identityKey: user.key, package: t.bytes(200) };
  demandOk(await user.call(KeyService.method.uploadKeyPackage, upload), "UploadKeyPackage");
  return user;
}

export async function withHybridKey(t: Trial): Promise<User> {
  const user = await t.user();
  const upload = { identityKey: user.key, hybridPublicKey: t.bytes(HYBRID_KEY_BYTES) };
  demandOk(await user.call(KeyService.method.uploadHybridKey, upload), "UploadHybridKey");
  return user;
}
