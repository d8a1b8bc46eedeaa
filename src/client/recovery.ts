// Recovery: 8 codes on paper, each of which brings the account back on a new machine
// (spec/services/recovery.md, spec/client/recovery-codes.md; C-67, C-110).

import { openRecoveryBundle, sealRecoveryBundle } from "../crypto/client/recovery-bundle.ts";
import {
  formatRecoveryCode,
  newRecoverySecrets,
  parseRecoveryCode,
  recoveryKeys,
} from "../crypto/client/recovery-code.ts";
import { identityKeyOf } from "../crypto/identity/signing.ts";
import { RecoveryService } from "../gen/qpc/v1/methods_pb.ts";
import type { Caller } from "../rpc/caller.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { logIn } from "./auth.ts";
import type { CallOptions } from "./call.ts";
import { type Client, createClient } from "./client.ts";
import type { Session } from "./session.ts";
import { type Account, loadAccount, saveAccount } from "./store/account.ts";
import { forgetBundle, makeCurrent, oldBundles, planBundles } from "./store/recovery-bundles.ts";

/**
 * setUpRecovery answers 8 fresh codes, to be shown once and kept nowhere, and deletes the bundles of all
 * earlier ones, those of a setup that broke off included. `password` is that of the account: it goes into
 * the bundles, because no method sets another (C-110), and a login shows first that it is right. It throws
 * what logIn throws, having done nothing, and the errors of its calls; while the new bundles are not all
 * stored, the codes before stay good. When the last step fails, to delete the bundles before, the codes are
 * answered nevertheless: oldBundles tells what is left at the server, and the next setup deletes it.
 */
export async function setUpRecovery(
  { caller, credentials, database }: Session & { readonly database: Database },
  password: string,
): Promise<readonly string[]> {
  const account = await database.read(loadAccount());
  if (account === undefined) throw new Error("there is no account to be recovered");
  const { username, identityKey, identitySeed } = account;
  // With a wrong one all codes would be worthless, and nobody would notice before the day of need.
  await logIn(caller, username, password, identityKey);
  const server = createClient(RecoveryService, caller, credentials);
  await deleteOld(server, database);

  const bundles = newRecoverySecrets().map((secret) => ({
    code: formatRecoveryCode(secret),
    tokenHash: recoveryKeys(secret).tokenHash,
    bundle: sealRecoveryBundle(secret, { username, identitySeed, password }),
  }));
  const hashes = bundles.map(({ tokenHash }) => tokenHash);
  await database.write(planBundles(hashes));
  for (const { tokenHash, bundle } of bundles) {
    await server.storeRecoveryBundle({ tokenHash, bundle });
  }
  await database.write(makeCurrent(hashes));
  // From here on these codes are the good ones, and nobody can show them later.
  await deleteOld(server, database).catch(() => {});
  return bundles.map(({ code }) => code);
}

async function deleteOld(
  server: Client<typeof RecoveryService.method>,
  database: Database,
): Promise<void> {
  for (const tokenHash of await database.read(oldBundles())) {
    await server.deleteRecoveryBundle({ tokenHash });
    await database.write(forgetBundle(tokenHash));
  }
}

export interface Restored {
  readonly account: Account;
  /** The password of the account. */
  readonly password: string;
  /** Session token, 32 bytes; the connection is bound to it. */
  readonly token: Uint8Array;
}

/**
 * restoreAccount makes the account that a code belongs to the one of an empty store, and opens a session.
 * Contacts, history and groups do not come back: others have to add the account to its groups again. It
 * throws RecoveryCodeError for a slip of the pen, CallError NotFound for a code that is none, RecoveryBundleError
 * when the server answers something else than what was stored, and what logIn throws; the store is empty
 * then as before. Any other use of the code stays possible.
 */
export async function restoreAccount(
  { caller, database }: { readonly caller: Caller; readonly database: Database },
  code: string,
  options?: CallOptions,
): Promise<Restored> {
  await database.read(demandEmpty());
  const secret = parseRecoveryCode(code);
  const server = createClient(RecoveryService, caller);
  const { token: recoveryToken } = recoveryKeys(secret);
  const { bundle } = await server.fetchRecoveryBundle({ recoveryToken }, options);
  const { username, identitySeed, password } = openRecoveryBundle(secret, bundle);
  const { publicKey: identityKey } = identityKeyOf(identitySeed);
  const token = await logIn(caller, username, password, identityKey, options);
  const account = { username, identityKey, identitySeed };
  await database.write(saveFirst(account));
  return { account, password, token };
}

function* demandEmpty(): Operation<void> {
  if ((yield* loadAccount()) === undefined) return;
  throw new RangeError("this store has an account already");
}

function* saveFirst(account: Account): Operation<void> {
  yield* demandEmpty();
  yield* saveAccount(account);
}
