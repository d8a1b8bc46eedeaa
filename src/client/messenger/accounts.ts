// The account of a messenger: made once, and found again when an answer was lost (spec/services/auth.md).

import { KeyService } from "../../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../../registry/limits.ts";
import { Status } from "../../registry/statuses.ts";
import { AuthError, register } from "../auth.ts";
import { CallError } from "../call.ts";
import { createClient } from "../client.ts";
import { newIdentity } from "../identity.ts";
import { loadAccount, saveAccount } from "../store/account.ts";
import { countOwnKeyPackages } from "../store/key-packages.ts";
import { type Context, read, write } from "./context.ts";
import type { AccountOptions, OwnContext } from "./create-context.ts";

/**
 * enrol makes the account and logs in. The identity is stored before the server hears of it: nobody could
 * make it again. An account that the server has under this very key is ours. It throws AuthError.
 */
export async function enrol(
  context: OwnContext,
  { username, password }: AccountOptions,
): Promise<void> {
  if ((await read(context, loadAccount())) === undefined) {
    const { publicKey, privateKey } = newIdentity();
    const account = { username, identityKey: publicKey, identitySeed: privateKey };
    await write(context, () => saveAccount(account));
    await context.reload();
  }
  try {
    await register(context.link.caller, username, password, context.account().identityKey);
  } catch (error) {
    if (!(error instanceof AuthError) || error.fault !== "taken") throw error;
    await context.link.logIn().catch((refused) => {
      throw refused instanceof AuthError ? error : refused;
    });
    return;
  }
  await context.link.logIn();
}

/**
 * publishKeys leaves KeyPackages and the hybrid key at the server, and answers how many packages went up.
 * In a store without any, packages that are there already belong to a state that is lost: whoever got one
 * could not be answered, so they are taken back first (I-16).
 */
export async function publishKeys(
  context: Context,
  keyPackages: number | undefined,
): Promise<number> {
  const own = await read(context, countOwnKeyPackages(context.now()));
  if (own === 0) await takeBackKeyPackages(context);
  return context.publisher.publish(keyPackages);
}

async function takeBackKeyPackages({ link, account }: Context): Promise<void> {
  const keys = createClient(KeyService, link.caller);
  const { identityKey } = account();
  try {
    for (let taken = 0; taken < LIMITS.keyPackagesKept.value; taken++) {
      const { package: keyPackage } = await keys.fetchKeyPackage({ identityKey });
      if (keyPackage.length === 0) return;
    }
  } catch (error) {
    // Too many for one minute: what is left is of no use to anybody, and does no harm.
    if (!(error instanceof CallError) || error.status !== Status.RateLimited) throw error;
  }
}
