// The commands of qpc: flows of the client, with the state file around them.

import { fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { AuthError, isRefusedRegistration, logIn, register } from "../client/auth.ts";
import { hexOf } from "../client/bytes.ts";
import { sendRequest, withTrailer } from "../client/call.ts";
import { decodeResponse } from "../client/client.ts";
import { newIdentity } from "../client/identity.ts";
import { type Method, methodByName, needsSession } from "../registry/methods.ts";
import { UsageError } from "../server/options.ts";
import { withServer } from "./qpc-connect.ts";
import type { AccountCommand, CallCommand, CalledMethod, HealthCommand } from "./qpc-options.ts";
import { createState, readState, removeState, type State, storeToken } from "./qpc-state.ts";

/** AskPassword answers a password; `new` ones are asked for twice. */
export type AskPassword = (kind: "new" | "known") => Promise<string>;

/** health answers the HealthResponse as protobuf JSON, and the round-trip time in words (CLIENT-017). */
export async function health({ server }: HealthCommand): Promise<Health> {
  const method = methodByName("Health") as Method;
  return withServer(server, async ({ caller }, signal) => {
    const start = performance.now();
    const payload = await sendRequest(caller, method, new Uint8Array(0), { signal });
    const ms = performance.now() - start;
    return { answer: printMessage(method, payload), roundTrip: `round trip ${ms.toFixed(1)} ms` };
  });
}

export interface Health {
  readonly answer: string;
  readonly roundTrip: string;
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
      const certain = error instanceof AuthError || isRefusedRegistration(error);
      if (certain && given === undefined) await removeState(stateFile);
      throw error;
    }
    return key;
  });
  return `registered ${username} with identity key ${hexOf(identityKey)}`;
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
  return printToken ? hexOf(token) : `logged in as ${username}`;
}

/** call makes one call and answers the response as protobuf JSON, or in hex when its type is unknown. */
export async function call(command: CallCommand): Promise<string> {
  const { server, method } = command;
  const request = await completeRequest(command);
  return withServer(server, async ({ caller }, signal) => {
    const payload = await sendRequest(caller, method, request, { signal });
    return "output" in method ? printMessage(method, payload) : hexOf(payload);
  });
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
