// New on this machine: an account is made, or comes back by a recovery code, with a store of its own.

import { rm } from "node:fs/promises";
import { isRefusedRegistration } from "../../client/auth.ts";
import { hexOf } from "../../client/bytes.ts";
import { type Messenger, openMessenger } from "../../client/messenger.ts";
import { restoreAccount } from "../../client/recovery.ts";
import { loadAccount } from "../../client/store/account.ts";
import type { ClientStore } from "../../client/store/open.ts";
import { RecoveryCodeError } from "../../crypto/client/recovery-code.ts";
import { keyFingerprint } from "../../crypto/identity/fingerprint.ts";
import { UsageError } from "../../server/options.ts";
import type { Connect } from "../qpc-connect.ts";
import { PASSWORD, RECOVERY_CODE } from "../qpc-password.ts";
import { type Io, openStore, printerOf, secretsOf, storeExists, type Talk } from "./talk.ts";

/** registerState makes account and store, and publishes keys; it finishes what broke off. It throws UsageError. */
export async function registerState(
  username: string,
  storeFile: string,
  connect: Connect,
  io: Io,
): Promise<void> {
  await withStore(storeFile, io, async (store) => {
    const account = await store.database.read(loadAccount());
    if (account?.hybridKey) throw new UsageError(`${storeFile} holds an account already`);
    const password = await secretsOf(io)(PASSWORD, account ? "known" : "new");
    const messenger = await openMessenger({ store, username, password, connect });
    try {
      await messenger.register();
      await publish(messenger, printerOf(io));
    } finally {
      await messenger.close();
    }
  });
}

/** restoreState brings an account back by a recovery code. It throws UsageError for what is no code. */
export async function restoreState(storeFile: string, connect: Connect, io: Io): Promise<void> {
  if (storeExists(storeFile)) throw new UsageError(`${storeFile} exists; give another --store`);
  await withStore(storeFile, io, async (store) => {
    const code = await secretsOf(io)(RECOVERY_CODE, "known");
    const { username, password } = await restore(store, code, connect);
    const messenger = await openMessenger({ store, username, password, connect });
    try {
      await messenger.logIn();
      await publish(messenger, printerOf(io));
      printerOf(io)("history and groups do not come back: ask their members to invite you again");
    } finally {
      await messenger.close();
    }
  });
}

async function restore(store: ClientStore, code: string, connect: Connect) {
  const server = await connect();
  try {
    const { database } = store;
    const { account, password } = await restoreAccount({ caller: server.caller, database }, code);
    return { username: account.username, password };
  } catch (error) {
    if (!(error instanceof RecoveryCodeError)) throw error;
    throw new UsageError(`that is no recovery code: ${error.message}`, { cause: error });
  } finally {
    await server.close();
  }
}

async function publish(messenger: Messenger, print: Talk["print"]): Promise<void> {
  const { username, identityKey } = messenger.account;
  const count = await messenger.publishKeys();
  print(`${username}: identity key ${hexOf(identityKey)}`);
  print(`fingerprint ${keyFingerprint(identityKey)}; ${count} KeyPackages published`);
}

/** withStore opens a store and closes it, and takes it away if it is new and the server has no account of it. */
export async function withStore(
  storeFile: string,
  io: Io,
  work: (store: ClientStore) => Promise<void>,
): Promise<void> {
  const isNew = !storeExists(storeFile);
  const store = await openStore(storeFile, io);
  try {
    await work(store);
  } catch (error) {
    const hasAccount = (await store.database.read(loadAccount())) !== undefined;
    await store.close();
    if (isNew && (!hasAccount || isRefusedRegistration(error))) await removeStore(storeFile);
    throw error;
  }
  await store.close();
}

async function removeStore(file: string): Promise<void> {
  for (const ending of ["", "-wal", "-shm", ".salt"]) await rm(`${file}${ending}`, { force: true });
}
