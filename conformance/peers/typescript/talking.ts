// Level 2: what users do: leave keys, verify others, talk one to one and in groups, pass files on.

import { setTimeout as pause } from "node:timers/promises";
import { hexOf } from "../../../src/client/bytes.ts";
import { downloadFile, sealFile, uploadFile } from "../../../src/client/files.ts";
import type { Progress } from "../../../src/client/messenger/changes.ts";
import type { Messenger } from "../../../src/client/messenger.ts";
import { bytesOf, type Operations, type Request, toBytes } from "./operations.ts";
import { collect, messengerOf, problemOf, type User, userOf } from "./users.ts";

export const talking: Operations = {
  "keys.publish": async (request) => {
    const { key_packages } = request;
    const options = key_packages === undefined ? {} : { keyPackages: Number(key_packages) };
    return { key_packages: await messengerOf(request).publishKeys(options), hybrid: true };
  },
  "verify.user": async (request) => {
    const { identityKey } = await messengerOf(request).resolve(String(request.username));
    return { identity_key: toBytes(identityKey), kt: "ok" };
  },
  "channel.create": async (request) => {
    const { id } = await messengerOf(request).startDirect(String(request.peer));
    return { channel: toBytes(id) };
  },
  send,
  recv,
  "group.create": async (request) => {
    const members = (request.members as readonly unknown[]).map(String);
    const { id } = await messengerOf(request).createGroup(String(request.name), members);
    return { channel: toBytes(id) };
  },
  "group.add": async (request) => {
    const usernames = (request.usernames as readonly unknown[]).map(String);
    return changed(await messengerOf(request).add(channelOf(request), usernames));
  },
  "group.remove": async (request) =>
    changed(await messengerOf(request).remove(channelOf(request), String(request.username))),
  "group.rotate": async (request) =>
    changed(await messengerOf(request).rotateKeys(channelOf(request))),
  "group.leave": async (request) => {
    await messengerOf(request).leave(channelOf(request));
    return {};
  },
  "group.state": async (request) => {
    const messenger = messengerOf(request);
    collect(userOf(request), await messenger.sync());
    const { epoch, members, epochAuthenticator } = await messenger.groupView(channelOf(request));
    const keys = members.map(({ identityKey }) => identityKey).sort(Buffer.compare);
    return {
      epoch: String(epoch),
      members: keys.map(toBytes),
      authenticator: toBytes(epochAuthenticator),
    };
  },
  "blob.put": async (request) => {
    const file = sealFile(bytesOf(request, "bytes"), "file");
    await uploadFile(messengerOf(request).session, file);
    const { blobId, key, size } = file.reference;
    return { blob_id: toBytes(blobId), key: toBytes(key), size: Number(size) };
  },
  "blob.get": async (request) => {
    const reference = {
      blobId: bytesOf(request, "blob_id"),
      key: bytesOf(request, "key"),
      size: BigInt(Number(request.size)),
    };
    return { bytes: toBytes(await downloadFile(messengerOf(request).session, reference)) };
  },
};

function channelOf(request: Request): Uint8Array {
  return bytesOf(request, "channel");
}

function changed(progress: Progress): object {
  return progress === "queued" ? { queued: true } : {};
}

async function send(request: Request): Promise<object> {
  const messenger = messengerOf(request);
  const user = userOf(request);
  const sent = await messenger.sendText(channelOf(request), String(request.text));
  const id = toBytes(sent.contentId);
  if (sent.status !== "failed") {
    return { message_id: id, ...(sent.status === "queued" && { queued: true }) };
  }
  collect(user, await messenger.sync());
  throw user.failed.get(hexOf(sent.contentId)) ?? new Error("it failed");
}

/** A listener hears of everything that a server announces; the rest is asked for so often. */
const ASKED_EVERY_MS = 1_000;

async function recv(request: Request): Promise<object> {
  const user = userOf(request);
  const want = Number(request.want);
  const over = new AbortController();
  const isOver = new Promise<void>((resolve) => {
    over.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const timer = setTimeout(() => over.abort(), Number(request.timeout_ms));
  const enough = () => user.received.length >= want && over.abort();
  // What is under way when the time is over reports to whoever receives next.
  await Promise.race([isOver, receive(user, messengerOf(request), enough, over.signal)]);
  clearTimeout(timer);
  over.abort();
  const messages = user.received.splice(0, want).map(({ channel, from, text }) => ({
    ...{ channel: toBytes(channel), from: toBytes(from), text },
  }));
  return { messages, faults: user.faults.splice(0) };
}

async function receive(
  user: User,
  messenger: Messenger,
  look: () => void,
  signal: AbortSignal,
): Promise<void> {
  const note = notes(user);
  const ask = async () => {
    try {
      collect(user, await messenger.sync());
    } catch (error) {
      note(error);
    }
    look();
  };
  const askAgain = async () => {
    while (!signal.aborted) {
      await pause(ASKED_EVERY_MS, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await ask();
    }
  };
  const hear = async () => {
    for await (const heard of messenger.listen(signal)) {
      if (heard.kind === "sync") collect(user, heard.report);
      if (heard.kind === "away") note(heard.error);
      look();
    }
  };
  await ask();
  if (!signal.aborted) await Promise.all([askAgain(), hear().catch(note)]);
}

/** notes keeps an error once, however often it comes. */
function notes(user: User): (error: unknown) => void {
  const known = new Set<string>();
  return (error) => {
    const problem = problemOf(error);
    const text = JSON.stringify(problem);
    if (!known.has(text)) user.faults.push(problem);
    known.add(text);
  };
}
