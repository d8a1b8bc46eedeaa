// A client that reports what the server answered, and nothing else: a connection, and calls on it.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { CertifiedKey } from "../../src/crypto/certificates.ts";
import type { OpaqueClient } from "../../src/crypto/opaque/exchange.ts";
import { argon2idKsf } from "../../src/crypto/opaque/ksf.ts";
import { nobleClient } from "../../src/crypto/opaque/noble/exchange.ts";
import { SessionTrailerSchema } from "../../src/gen/qpc/v1/common_pb.ts";
import { AuthService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { Status, statusName } from "../../src/registry/statuses.ts";
import { createCaller } from "../../src/rpc/caller.ts";
import { createQuicTransport } from "../../src/transport/quic/quic.ts";

type Unary<I extends DescMessage, O extends DescMessage> = DescMethod & { input: I; output: O };

export interface Client {
  /** call answers the message of an Ok. It throws Refused for another status. */
  call<I extends DescMessage, O extends DescMessage>(
    method: Unary<I, O>,
    request: MessageInitShape<I>,
    token?: Uint8Array,
  ): Promise<MessageShape<O>>;
  close(): Promise<void>;
}

/** Refused: the server answered, and not Ok. */
export class Refused extends Error {
  override name = "Refused";
}

export interface Account {
  readonly username: string;
  readonly password: string;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly opaque: OpaqueClient;
}

const transport = createQuicTransport();

/** connect opens a connection to a server on this machine. */
export async function connect(port: number, tls: CertifiedKey): Promise<Client> {
  const quic = await transport.connect({
    host: "127.0.0.1",
    port,
    serverName: "localhost",
    caPem: tls.certPem,
    alpn: ["qpc"],
    idleTimeoutMs: 30_000,
    timeoutMs: 5_000,
  });
  const caller = createCaller(quic);
  return {
    async call(method, request, token) {
      const { id } = methodOf(method);
      const { status, payload } = await caller.call(id, encode(method.input, request, token));
      if (status !== Status.Ok) throw new Refused(`${method.name}: ${statusName(status)}`);
      return fromBinary(method.output, payload);
    },
    close: () => quic.close(Status.Ok),
  };
}

/** newAccount makes an account that is not registered yet. */
export function newAccount(): Account {
  const { publicKey } = generateKeyPairSync("ed25519");
  return {
    username: `crash-${randomBytes(8).toString("hex")}`,
    password: randomBytes(9).toString("base64url"),
    identityKey: publicKey.export({ format: "der", type: "spki" }).subarray(-32),
    opaque: nobleClient(argon2idKsf),
  };
}

const { opaqueRegisterStart, opaqueRegisterFinish, opaqueLoginStart, opaqueLoginFinish } =
  AuthService.method;

/** register resolves once the server has answered success. */
export async function register(client: Client, account: Account): Promise<void> {
  const { username, identityKey } = account;
  const exchange = account.opaque.startRegistration(account.password);
  const request = { username, request: exchange.request };
  const { response } = await client.call(opaqueRegisterStart, request);
  const { upload } = await exchange.finish(response);
  const { success } = await client.call(opaqueRegisterFinish, { username, upload, identityKey });
  if (!success) throw new Refused(`OpaqueRegisterFinish: ${username} is taken`);
}

/** logIn answers a session token. */
export async function logIn(client: Client, account: Account): Promise<Uint8Array> {
  const { username, identityKey } = account;
  const exchange = account.opaque.startLogin(account.password);
  const request = { username, request: exchange.ke1 };
  const { response } = await client.call(opaqueLoginStart, request);
  const { finalization } = await exchange.finish(response);
  const finish = { username, finalization, identityKey };
  const { sessionToken } = await client.call(opaqueLoginFinish, finish);
  return sessionToken.slice();
}

function encode<I extends DescMessage>(
  schema: I,
  request: MessageInitShape<I>,
  token?: Uint8Array,
): Uint8Array {
  const body = toBinary(schema, create(schema, request));
  if (token === undefined) return body;
  const trailer = create(SessionTrailerSchema, { auth: { accessToken: token } });
  return Buffer.concat([body, toBinary(SessionTrailerSchema, trailer)]);
}
