// Putting the parts of a messenger together around one store and one server.

import type { CryptoBackend } from "../../crypto/backend/backend.ts";
import { defaultBackend } from "../../crypto/backend/default.ts";
import { createMls } from "../../crypto/mls/mls.ts";
import type { Caller } from "../../rpc/caller.ts";
import { logIn } from "../auth.ts";
import type { SessionCredentials } from "../call.ts";
import type { ConnectedServer } from "../connect.ts";
import { createDirectory } from "../directory.ts";
import { createPeerKeys } from "../peer-keys.ts";
import { createPublisher } from "../publish.ts";
import { fetchSigningKey } from "../receipts.ts";
import { type Account, loadAccount, loadSessionToken, saveSessionToken } from "../store/account.ts";
import type { ClientStore } from "../store/open.ts";
import { createAbsent } from "./absent.ts";
import type { Context } from "./context.ts";
import { MessengerError } from "./errors.ts";
import { createGroups } from "./groups.ts";
import { rememberingHybridKeys } from "./hybrid-keys.ts";
import { createLink } from "./link.ts";
import { emptyNews } from "./news.ts";
import { createOverdue } from "./overdue.ts";
import { createPauses } from "./pauses.ts";
import type { Trace } from "./trace.ts";

export interface AccountOptions {
  readonly username: string;
  readonly password: string;
}

export interface ContextOptions extends AccountOptions {
  readonly store: ClientStore;
  connect(): Promise<ConnectedServer>;
  readonly now?: () => number;
  readonly backend?: CryptoBackend;
  readonly sealedSender?: boolean;
  readonly allowUnlogged?: boolean;
  readonly trace?: Trace;
}

export interface OwnContext extends Context {
  /** reload reads the account again, which functions beside the messenger may have changed. */
  reload(): Promise<void>;
}

/** createContext throws MessengerError `other-account` when the store is somebody else's. */
export async function createContext(options: ContextOptions): Promise<OwnContext> {
  const { store, username, password, backend = defaultBackend, now = Date.now } = options;
  const { database } = store;
  const trace = options.trace ?? (() => {});
  let known: Account | undefined;
  const account = () => {
    if (known) return known;
    throw new MessengerError("no-account", "this store has no account yet");
  };
  const reload = async () => {
    known = await database.read(loadAccount());
    if (known === undefined || known.username === username) return;
    throw new MessengerError("other-account", `this store belongs to ${known.username}`);
  };
  await reload();

  const credentialsOf = (token: Uint8Array): SessionCredentials => {
    const { deviceId } = account();
    return { token, ...(deviceId && { deviceId }) };
  };
  const link = createLink({
    connect: () => options.connect(),
    async loadSession() {
      const sealed = await database.read(loadSessionToken());
      return sealed && credentialsOf(store.openToken(sealed));
    },
    async openSession(caller: Caller) {
      const token = await logIn(caller, username, password, account().identityKey);
      await database.write(saveSessionToken(store.sealToken(token)));
      trace({ kind: "logged-in", username });
      return credentialsOf(token);
    },
  });
  const mls = await createMls({ now });
  const { caller } = link;
  const shared = { caller, database, mls, now };
  let signingKey: Promise<Uint8Array | undefined> | undefined;
  return {
    ...{ store, link, mls, backend, trace, now, account, reload },
    groups: createGroups(database, mls),
    news: emptyNews(),
    pauses: createPauses(),
    absent: createAbsent(),
    overdue: createOverdue(),
    dropped: new Set(),
    met: new Set(),
    directory: createDirectory({ ...shared, allowUnlogged: options.allowUnlogged ?? false }),
    publisher: createPublisher(shared),
    peerKeys: createPeerKeys(shared),
    hybridKeyOf: rememberingHybridKeys(shared),
    sealedSender: options.sealedSender ?? false,
    async signingKey() {
      signingKey ??= fetchSigningKey(caller);
      try {
        return await signingKey;
      } catch (error) {
        signingKey = undefined;
        throw error;
      }
    },
  };
}
