// The judge as the server of another domain: a listener under mutual TLS that notes what it is asked and
// answers as a case has scripted it (spec/services/federation.md).

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { FederationAuth, RelayMessage } from "../../src/gen/qpc/v1/federation_pb.ts";
import type { InclusionProofSchema } from "../../src/gen/qpc/v1/kt_pb.ts";
import { FederationService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodById, methodOf } from "../../src/registry/methods.ts";
import { Status } from "../../src/registry/statuses.ts";
import type { QuicBidi, QuicConnection, QuicServer } from "../../src/transport/transport.ts";
import { encodeResponse, REQUEST } from "../../src/wire/frame.ts";
import { readFrame } from "../../src/wire/reader.ts";
import { newIdentityKey, newUsername } from "./account.ts";
import type { DescUnary } from "./peer.ts";

const service = FederationService.method;

/** Asked is one call of 900 to 905 that named a user. */
export interface Asked {
  /** Name of the method, as in `RelayEnqueue`. */
  readonly method: string;
  readonly origin: string;
  /** Whole request as it came. */
  readonly payload: Uint8Array;
  /** The message that was meant for the user, where one was relayed. */
  readonly message: RelayMessage | undefined;
  /** Messages in the same request. */
  readonly batch: number;
  /** DER certificate that the caller had shown. */
  readonly certificate: Uint8Array | undefined;
}

/** RemoteUser is a user of the remote server, with what a case wants it to have and to answer. */
export interface RemoteUser {
  readonly username: string;
  /** `user@domain`. */
  readonly address: string;
  /** 32 bytes. */
  key: Uint8Array;
  readonly asked: Asked[];
  /** Packages that 902 hands out, oldest first. */
  readonly packages: Uint8Array[];
  hybridKey: Uint8Array;
  proof: MessageInitShape<typeof InclusionProofSchema> | undefined;
  /** What every call that names the user is answered instead; "silence" = not at all. */
  answer: Status | "silence" | undefined;
  /** Next seq of the inbox; it begins far from what a fresh inbox would have. */
  nextSeq: bigint;
}

export interface RemoteServer {
  readonly domain: string;
  /** HOST:PORT for the configuration of the subject. */
  readonly address: string;
  /** newUser makes a user of this server. */
  newUser(): RemoteUser;
  close(): Promise<void>;
}

/** serveRemote answers every connection of a listener that demanded a certificate. */
export function serveRemote(domain: string, listener: QuicServer): RemoteServer {
  const users: RemoteUser[] = [];
  void acceptAll(listener, users, domain);
  return {
    domain,
    address: `${listener.host}:${listener.port}`,
    newUser() {
      const username = newUsername();
      const user: RemoteUser = {
        username,
        address: `${username}@${domain}`,
        key: newIdentityKey(),
        asked: [],
        packages: [],
        hybridKey: new Uint8Array(0),
        proof: undefined,
        answer: undefined,
        nextSeq: 7001n,
      };
      users.push(user);
      return user;
    },
    close: () => listener.close(0, "done"),
  };
}

async function acceptAll(
  listener: QuicServer,
  users: readonly RemoteUser[],
  domain: string,
): Promise<void> {
  for await (const connection of listener.connections()) {
    void serveAll(connection, users, domain);
  }
}

async function serveAll(
  connection: QuicConnection,
  users: readonly RemoteUser[],
  domain: string,
): Promise<void> {
  const [certificate] = connection.peerCertificates;
  for await (const stream of connection.acceptBidi()) {
    serveOne(stream, { users, domain, certificate }).catch(() => stream.reset(Status.Internal));
  }
}

interface Desk {
  readonly users: readonly RemoteUser[];
  readonly domain: string;
  readonly certificate: Uint8Array | undefined;
}

async function serveOne(stream: QuicBidi, desk: Desk): Promise<void> {
  const { methodId, requestId, payload } = await readFrame(stream.chunks(), REQUEST);
  const method = methodById(methodId);
  const reply = answer(method?.name ?? "", payload, desk);
  if (reply === "silence") return;
  await stream.finish(encodeResponse(reply.status, requestId, reply.payload));
}

interface Reply {
  readonly status: Status;
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);

function answer(name: string, payload: Uint8Array, desk: Desk): Reply | "silence" {
  switch (name) {
    case methodOf(service.relayEnqueue).name: {
      const { federationAuth, message } = fromBinary(service.relayEnqueue.input, payload);
      const messages = message ? [message] : [];
      return relay(name, payload, federationAuth, messages, desk, ([first]) =>
        ok(service.relayEnqueue, first ?? {}),
      );
    }
    case methodOf(service.relayBatchEnqueue).name: {
      const { federationAuth, messages } = fromBinary(service.relayBatchEnqueue.input, payload);
      return relay(name, payload, federationAuth, messages, desk, (queued) =>
        ok(service.relayBatchEnqueue, { seqs: queued.map(({ seq }) => seq) }),
      );
    }
    case methodOf(service.proxyFetchKeyPackage).name: {
      const request = fromBinary(service.proxyFetchKeyPackage.input, payload);
      const user = desk.users.find(({ key }) => same(key, request.identityKey));
      return ask(name, payload, request.federationAuth, user, desk, (one) =>
        ok(service.proxyFetchKeyPackage, { package: one.packages.shift() ?? NOTHING }),
      );
    }
    case methodOf(service.proxyFetchHybridKey).name: {
      const request = fromBinary(service.proxyFetchHybridKey.input, payload);
      const user = desk.users.find(({ key }) => same(key, request.identityKey));
      return ask(name, payload, request.federationAuth, user, desk, (one) =>
        ok(service.proxyFetchHybridKey, { hybridPublicKey: one.hybridKey }),
      );
    }
    case methodOf(service.proxyResolveUser).name: {
      const request = fromBinary(service.proxyResolveUser.input, payload);
      const user = desk.users.find(({ username }) => username === request.username);
      return ask(name, payload, request.federationAuth, user, desk, ({ key, proof }) =>
        ok(service.proxyResolveUser, {
          identityKey: key,
          ...(proof && { inclusionProof: proof }),
        }),
      );
    }
    case methodOf(service.federationHealth).name:
      return ok(service.federationHealth, { status: "ok", domain: desk.domain });
    default:
      return { status: Status.UnknownMethod, payload: NOTHING };
  }
}

interface Queued {
  readonly seq: bigint;
  readonly duplicate: boolean;
}

// A message_id that was seen before leads to its first seq, as the rules of a receiving server say.
function relay(
  method: string,
  payload: Uint8Array,
  auth: FederationAuth | undefined,
  messages: readonly RelayMessage[],
  desk: Desk,
  reply: (queued: readonly Queued[]) => Reply,
): Reply | "silence" {
  const named = messages.map((message) => ({
    message,
    user: desk.users.find(({ key }) => same(key, message.recipientKey)),
  }));
  const queued: Queued[] = [];
  for (const { message, user } of named) {
    if (user === undefined) return { status: Status.NotFound, payload: NOTHING };
    const before = user.asked.filter((one) => one.message !== undefined);
    const first = before.findIndex((one) => isCopy(one.message, message));
    const position = first < 0 ? before.length : first;
    note(user, { method, payload, message, batch: messages.length, auth, desk });
    if (user.answer === "silence") return "silence";
    if (user.answer !== undefined) return { status: user.answer, payload: NOTHING };
    queued.push({ seq: user.nextSeq + BigInt(position), duplicate: first >= 0 });
  }
  return reply(queued);
}

function ask(
  method: string,
  payload: Uint8Array,
  auth: FederationAuth | undefined,
  user: RemoteUser | undefined,
  desk: Desk,
  reply: (user: RemoteUser) => Reply,
): Reply | "silence" {
  if (user === undefined) return { status: Status.NotFound, payload: NOTHING };
  note(user, { method, payload, message: undefined, batch: 0, auth, desk });
  if (user.answer === "silence") return "silence";
  return user.answer === undefined ? reply(user) : { status: user.answer, payload: NOTHING };
}

interface Noted extends Pick<Asked, "method" | "payload" | "message" | "batch"> {
  readonly auth: FederationAuth | undefined;
  readonly desk: Desk;
}

function note(user: RemoteUser, { auth, desk, ...asked }: Noted): void {
  user.asked.push({ ...asked, origin: auth?.origin ?? "", certificate: desk.certificate });
}

function isCopy(one: RelayMessage | undefined, other: RelayMessage): boolean {
  return one !== undefined && other.messageId.length > 0 && same(one.messageId, other.messageId);
}

function ok<I extends DescMessage, O extends DescMessage>(
  method: DescUnary<I, O>,
  response: MessageInitShape<O>,
): Reply {
  return { status: Status.Ok, payload: toBinary(method.output, create(method.output, response)) };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
