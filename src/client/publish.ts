// What an account leaves at its server so that others can write to it: KeyPackages and a hybrid key
// (spec/services/keys.md, Clients; C-43, C-101).

import { defaultBackend } from "../crypto/backend/default.ts";
import { hybridPublicKey, newHybridKey } from "../crypto/hybrid/keys.ts";
import type { Mls } from "../crypto/mls/mls.ts";
import { KeyService } from "../gen/qpc/v1/methods_pb.ts";
import { LIMITS } from "../registry/limits.ts";
import type { Database, Operation } from "../storage/sql/statement.ts";
import { sameBytes } from "./bytes.ts";
import { createClient } from "./client.ts";
import { ClientFault } from "./faults.ts";
import type { Session } from "./session.ts";
import { type Account, loadAccount, saveAccount } from "./store/account.ts";
import {
  countOwnKeyPackages,
  deleteExpiredKeyPackages,
  deleteOwnKeyPackage,
  saveOwnKeyPackage,
} from "./store/key-packages.ts";
import { confirm, expectConfirmation, listUnconfirmed } from "./store/unconfirmed.ts";

export interface Publisher {
  /**
   * publish uploads the hybrid key, if the server has not got it, and then KeyPackages until `keyPackages`
   * of them are there as far as this client knows: packages that strangers took do not show. It answers
   * how many went up. It throws ClientFault `fingerprint-mismatch`, CallError (Forbidden for a revoked key)
   * and the errors of the connection; calling it again goes on.
   */
  publish(keyPackages?: number): Promise<number>;
  /** refresh publishes when few packages are left, or most of them expire soon. It answers as publish does. */
  refresh(): Promise<number>;
}

export interface PublisherOptions extends Session {
  readonly database: Database;
  readonly mls: Mls;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

const USUAL = 10;
const FEW = 5;
/** What expires within a week is as good as gone: others need time to use it. */
const SOON_MS = 7 * 86_400_000;
/** A Welcome may be as old as the oldest message in an inbox. */
const LATE_WELCOME_MS = LIMITS.ttlDefault.value * 1000;

/** createPublisher publishes the keys of the account that is in the store. One call at a time. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { caller, credentials, database, mls, now } = options;
  const keys = createClient(KeyService, caller, credentials);
  const countFresh = () => database.read(countOwnKeyPackages(now() + SOON_MS));

  return {
    publish,
    async refresh() {
      return (await countFresh()) < FEW ? publish() : 0;
    },
  };

  async function publish(keyPackages = USUAL): Promise<number> {
    await database.write(deleteExpiredKeyPackages(now() - LATE_WELCOME_MS));
    const account = await database.write(accountWithHybridKey());
    await offerHybridKey(account);
    let uploaded = 0;
    for (const { ref, keyPackage } of await database.read(listUnconfirmed(now()))) {
      await upload(account, ref, keyPackage);
      uploaded += 1;
    }
    for (let missing = keyPackages - (await countFresh()); missing > 0; missing--) {
      await uploadNew(account);
      uploaded += 1;
    }
    return uploaded;
  }

  async function offerHybridKey({ identityKey, hybridKey }: WithHybridKey): Promise<void> {
    const ours = hybridPublicKey(hybridKey);
    const { hybridPublicKey: theirs } = await keys.fetchHybridKey({ identityKey });
    if (sameBytes(ours, theirs)) return;
    await keys.uploadHybridKey({ identityKey, hybridPublicKey: ours });
  }

  // Whoever fetches a package must find its private keys here, so they are stored first.
  async function uploadNew(account: Account): Promise<void> {
    const { identityKey: publicKey, identitySeed: privateKey } = account;
    const own = await mls.generateKeyPackage({ publicKey, privateKey }, now());
    await database.write(
      (function* (): Operation<void> {
        yield* saveOwnKeyPackage(own);
        yield* expectConfirmation(own.ref);
      })(),
    );
    await upload(account, own.ref, own.keyPackage);
  }

  async function upload(
    { identityKey }: Account,
    ref: Uint8Array,
    keyPackage: Uint8Array,
  ): Promise<void> {
    const { fingerprint } = await keys.uploadKeyPackage({ identityKey, package: keyPackage });
    if (sameBytes(fingerprint, defaultBackend.sha256(keyPackage))) {
      await database.write(confirm(ref));
      return;
    }
    // [keys.clients-fingerprint]: nobody has seen the package that we made.
    await database.write(deleteOwnKeyPackage(ref));
    const message = "the server took another KeyPackage than the one that was uploaded";
    throw new ClientFault("fingerprint-mismatch", message);
  }
}

type WithHybridKey = Account & { readonly hybridKey: Uint8Array };

function* accountWithHybridKey(): Operation<WithHybridKey> {
  const account = yield* loadAccount();
  if (account === undefined) throw new Error("there is no account whose keys could be published");
  const complete = { ...account, hybridKey: account.hybridKey ?? newHybridKey() };
  if (account.hybridKey === undefined) yield* saveAccount(complete);
  return complete;
}
