// The commands of qpc: flows of the client, with the state file around them.

import { readFile } from "node:fs/promises";
import { fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { AuthError, logIn, register } from "../client/auth.ts";
import { CallError, sendRequest, withTrailer } from "../client/call.ts";
import { decodeResponse } from "../client/client.ts";
import { type ConnectedServer, connectTo, trustAnchor } from "../client/connect.ts";
import { newIdentity } from "../client/identity.ts";
import { type Method, methodByName, needsSession } from "../registry/methods.ts";
import { UsageError } from "../server/options.ts";
import { createQuicTransport } from "../transport/quic/quic.ts";
import type {
  AccountCommand,
  CallCommand,
  CalledMethod,
  Endpoint,
  HealthCommand,
} from "./qpc-options.ts";
import { createState, readState, removeState, type State, storeToken } from "./qpc-state.ts";

/** AskPassword answers a password; `new` ones are asked for twice. */
export type AskPassword = (kind: "new" | "known") => Promise<string>;

/** A server that does not answer the first packets is given up sooner than one that thinks. */
const CONNECT_MS = 5_000;

/** health answers the HealthResponse as protobuf JSON. */
export async function health({ server }: HealthCommand): Promise<string> {
  const method = methodByName("Health") as Method;
  return withServer(server, async ({ caller }, signal) => {
    const payload = await sendRequest(caller, method, new Uint8Array(0), { signal });
    return printMessage(method, payload);
  });
}

/** registerAccount makes an account; without a key of the caller's it makes one and keeps it. */
export async function registerAccount(command: AccountCommand, ask: AskPassword): Promise<string> {
  const { server, username, identityKey: given, stateFile } = command;
  if (given === undefined && (await readState(stateFile)) !== undefined) {
    throw new UsageError(`${stateFile} holds an account already; give another --state`);
  }
  const password = await ask("new");
  const identityKey = await withServer(server, async ({ caller }, signal) => {
    // The key is on disk before the server knows it, so that no crash leaves an account without key.
    const key = given ?? (await keepNewIdentity(stateFile, username));
    try {
      await register(caller, username, password, key, { signal });
    } catch (error) {
      const certain = error instanceof AuthError || error instanceof CallError;
      if (certain && given === undefined) await removeState(stateFile);
      throw error;
    }
    return key;
  });
  return `registered ${username} with identity key ${toHex(identityKey)}`;
}

/** logInAccount opens a session and keeps its token. */
export async function logInAccount(command: AccountCommand, ask: AskPassword): Promise<string> {
  const { server, username, stateFile, printToken } = command;
  const state = await stateOfLogin(command);
  const password = await ask("known");
  const token = await withServer(server, ({ caller }, signal) =>
    logIn(caller, username, password, state.identityKey, { signal }),
  );
  await storeToken(stateFile, state, token);
  return printToken ? toHex(token) : `logged in as ${username}`;
}

/** call makes one call and answers the response as protobuf JSON, or in hex when its type is unknown. */
export async function call(command: CallCommand): Promise<string> {
  const { server, method } = command;
  const request = await completeRequest(command);
  return withServer(server, async ({ caller }, signal) => {
    const payload = await sendRequest(caller, method, request, { signal });
    return "output" in method ? printMessage(method, payload) : toHex(payload);
  });
}

async function withServer<T>(
  endpoint: Endpoint,
  work: (server: ConnectedServer, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { host, port, serverName, alpn, timeoutMs } = endpoint;
  const server = await connectTo(createQuicTransport(), {
    host,
    port,
    serverName,
    caPem: await readTrustAnchor(endpoint),
    alpn: [alpn],
    timeoutMs: Math.min(timeoutMs, CONNECT_MS),
  });
  try {
    return await work(server, AbortSignal.timeout(timeoutMs));
  } finally {
    await server.close();
  }
}

async function readTrustAnchor({ caFile }: Endpoint): Promise<string> {
  let file: Uint8Array;
  try {
    file = await readFile(caFile);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(`cannot read ${caFile}: ${code}; --ca-cert says where the certificate is`);
  }
  try {
    return trustAnchor(file);
  } catch (error) {
    throw new UsageError(`${caFile}: ${(error as Error).message}`);
  }
}

async function keepNewIdentity(stateFile: string, username: string): Promise<Uint8Array> {
  const { publicKey, privateKey } = newIdentity();
  await createState(stateFile, { username, identityKey: publicKey, privateKey });
  return publicKey;
}

async function stateOfLogin({ username, identityKey, stateFile }: AccountCommand): Promise<State> {
  const state = await readState(stateFile);
  if (state === undefined) {
    if (identityKey !== undefined) return { username, identityKey };
    throw new UsageError(
      `no identity key: there is no ${stateFile}; register, or give --identity-key`,
    );
  }
  if (state.username !== username) {
    throw new UsageError(`${stateFile} belongs to another account; give another --state`);
  }
  if (identityKey !== undefined && Buffer.compare(identityKey, state.identityKey) !== 0) {
    throw new UsageError(`${stateFile} has another identity key; give another --state`);
  }
  return state;
}

async function completeRequest(command: CallCommand): Promise<Uint8Array> {
  const { method, request, withToken, stateFile } = command;
  const encoded = typeof request === "string" ? encodeJson(method, request) : request;
  if (!withToken || !("access" in method) || !needsSession(method)) return encoded;
  const token = (await readState(stateFile))?.sessionToken;
  if (token === undefined) {
    const wanted = `${method.name} needs a session and ${stateFile} has none`;
    throw new UsageError(`${wanted}: log in, or give --no-token`);
  }
  return withTrailer(encoded, { token });
}

function encodeJson(method: CalledMethod, text: string): Uint8Array {
  if (!("input" in method)) throw new UsageError(`${method.name} has no known request`);
  try {
    const json = JSON.parse(text) as JsonValue;
    return toBinary(method.input, fromJson(method.input, json));
  } catch (error) {
    throw new UsageError(`the request is no ${method.input.name}: ${(error as Error).message}`);
  }
}

function printMessage(method: Method, payload: Uint8Array): string {
  const json = toJson(method.output, decodeResponse(method, payload));
  // JSON leaves DEL and the C1 controls as they are, and a terminal may obey them.
  return JSON.stringify(json, null, 2).replace(
    /[\u007f-\u009f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
