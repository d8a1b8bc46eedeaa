// What the cases of connections and calls begin with: a scripted server, a connection of the SDK to it,
// and a call that waits for its answer.

import type { SdkCall, SdkConnection } from "../client/sdk.ts";
import type { ClientTrial } from "../client/trial.ts";
import type { HostileCall } from "../hostile/call.ts";
import type { HostileConnection } from "../hostile/connection.ts";
import type { HostileOptions, HostileServer } from "../hostile/endpoint.ts";
import { EMPTY, HEALTH } from "./frames.ts";

/** How long a call may take that ends by itself; a client that never ends it is caught by this. */
export const PATIENT_MS = 4_000;

/** How long a call may take that is to be given up. */
export const SHORT_MS = 400;

export interface Scene {
  readonly trial: ClientTrial;
  readonly server: HostileServer;
  /** The connection as the adapter names it. */
  readonly sdk: SdkConnection;
  /** The same connection, seen by the server. */
  readonly peer: HostileConnection;
}

/** openScene starts a server and has the SDK connect to it. */
export async function openScene(trial: ClientTrial, options?: HostileOptions): Promise<Scene> {
  const server = await trial.server(options);
  const sdk = await trial.open(server);
  return { trial, server, sdk, peer: await server.connection() };
}

/** another opens a second connection to the same server. */
export async function another({ trial, server }: Scene): Promise<Scene> {
  const sdk = await trial.open(server);
  return { trial, server, sdk, peer: await server.connection() };
}

export interface Asked {
  /** What the adapter will answer. */
  readonly reply: SdkCall;
  /** The request, read to its FIN. */
  readonly call: HostileCall;
}

export interface AskOptions {
  readonly method?: number;
  readonly body?: Uint8Array;
  readonly timeoutMs?: number;
}

/** ask makes the SDK call a method, Health unless told, and waits until the server has the request. */
export async function ask({ sdk, peer }: Scene, options: AskOptions = {}): Promise<Asked> {
  const { method = HEALTH, body = EMPTY, timeoutMs = PATIENT_MS } = options;
  const reply = sdk.call(method, body, { timeoutMs });
  return { reply, call: await peer.call() };
}

/** firstUni answers the id of a unidirectional stream that the client opens within `ms` milliseconds. */
export async function firstUni({ trial, peer }: Scene, ms: number): Promise<number | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  const result = await Promise.race([peer.quic.acceptUni().next(), late.promise]);
  clearTimeout(timer);
  if (result?.value) trial.trace("got", `unidirectional stream ${result.value.id}`);
  return result?.value?.id;
}
