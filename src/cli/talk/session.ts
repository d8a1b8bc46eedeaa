// A messenger on a store: somebody who has registered before, with the session kept in the store, or
// somebody new.

import { CallError } from "../../client/call.ts";
import { createClient } from "../../client/client.ts";
import { type Messenger, openMessenger } from "../../client/messenger.ts";
import { type Account, loadAccount, loadSessionToken } from "../../client/store/account.ts";
import type { ClientStore } from "../../client/store/open.ts";
import { DeviceService } from "../../gen/qpc/v1/methods_pb.ts";
import { Status } from "../../registry/statuses.ts";
import { UsageError } from "../../server/options.ts";
import type { Connect } from "../qpc-connect.ts";
import { PASSWORD } from "../qpc-password.ts";
import type { Talk } from "./talk.ts";

/** demandAccount throws UsageError for a store without an account. */
export async function demandAccount(store: ClientStore, storeFile: string): Promise<Account> {
  const account = await store.database.read(loadAccount());
  if (account) return account;
  throw new UsageError(`${storeFile} holds no account; register-state or repl makes one`);
}

/** openKnown opens a messenger for the account of the store. The password is asked for when it is needed. */
export async function openKnown(
  store: ClientStore,
  { username, deviceId }: Account,
  connect: Connect,
  { env, secret }: { readonly env: NodeJS.ProcessEnv; readonly secret: Talk["secret"] },
): Promise<Messenger> {
  const isNeeded = !env[PASSWORD.variable] && !(await sessionHolds(store, deviceId, connect));
  const password = isNeeded ? await secret(PASSWORD, "known") : (env[PASSWORD.variable] ?? "");
  return openMessenger({ store, username, password, connect });
}

/** A session that cannot be tried, for want of a server, holds as well as any. */
async function sessionHolds(
  store: ClientStore,
  deviceId: Uint8Array | undefined,
  connect: Connect,
): Promise<boolean> {
  const sealed = await store.database.read(loadSessionToken());
  if (sealed === undefined) return false;
  const server = await connect().catch(() => undefined);
  if (server === undefined) return true;
  const credentials = { token: store.openToken(sealed), ...(deviceId && { deviceId }) };
  try {
    await createClient(DeviceService, server.caller, credentials).listDevices({});
    return true;
  } catch (error) {
    return !(error instanceof CallError) || error.status !== Status.Unauthorized;
  } finally {
    await server.close();
  }
}
