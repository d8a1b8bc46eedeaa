// Accounts, keys and the directory through an SDK of level 2 (spec/services/auth.md, keys.md, user.md).

import { AuthService, KeyService, UserService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { REQUEST } from "../../../src/wire/frame.ts";
import { hex } from "../../../vectors/bytes.ts";
import { bytesOf, okOf } from "../../client/sdk.ts";
import { demandOk } from "../../judge/account.ts";
import { definePairCase, type PairCase } from "../case.ts";
import { bytesOf as bytesThrough, type Tap } from "../tap.ts";

const { fetchKeyPackage, fetchHybridKey } = KeyService.method;
const { resolveUser } = UserService.method;

const LOGIN_FINISH = methodOf(AuthService.method.opaqueLoginFinish).id;
const HYBRID_KEY = 1216;

export const userCases: readonly PairCase[] = [
  definePairCase({
    id: "pair-users.register.resolvable",
    rules: ["auth.register-finish"],
    ops: ["user"],
    features: ["auth", "user"],
    sends: "the SDK registers; another asks the server for the name",
    expects: "the identity key that the SDK told",
    checks: ["key"],
    async run(t) {
      const [judge, user] = [await t.user(), await t.sdkUser()];
      const key = await user.register();
      const answer = await judge.call(resolveUser, { username: user.name });
      demandOk(answer, "ResolveUser");
      t.same("key", hex(answer.message().identityKey), hex(key));
    },
  }),

  definePairCase({
    id: "pair-users.register.name-taken",
    rules: ["auth.username-taken"],
    ops: ["user"],
    features: ["auth"],
    sends: "two users of the SDK register one name",
    expects: "the second is refused (local.invalid), the first logs in as before",
    checks: ["answer", "first"],
    async run(t) {
      const [first, second] = [await t.sdkUser(), await t.sdkUser()];
      await first.register();
      const { password } = second;
      t.erred(
        await second.ask("user.register", { username: first.name, password }),
        "local.invalid",
      );
      t.same("first", await first.login(), { ok: {} });
    },
  }),

  definePairCase({
    id: "pair-users.login.again",
    rules: ["auth.login"],
    ops: ["user"],
    features: ["auth"],
    sends: "the SDK registers, and logs in once more with the same password",
    expects: "ok",
    async run(t) {
      const user = await t.sdkUser();
      await user.register();
      t.same("answer", await user.login(), { ok: {} });
    },
  }),

  definePairCase({
    id: "pair-users.login.after-reopen",
    rules: ["auth.login"],
    ops: ["user"],
    features: ["auth"],
    sends: "the SDK registers, reopens its local state, and logs in",
    expects: "ok",
    async run(t) {
      const user = await t.sdkUser();
      await user.register();
      okOf(await user.ask("user.reopen"), "user.reopen");
      t.same("answer", await user.login(), { ok: {} });
    },
  }),

  definePairCase({
    id: "pair-users.login.wrong-password",
    rules: ["auth.login-refused"],
    ops: ["user"],
    features: ["auth"],
    sends: "the SDK registers, and logs in with another password",
    expects: "opaque.auth, and no LoginFinish is sent for it",
    checks: ["answer", "unsent"],
    async run(t) {
      const user = await t.sdkUser();
      await user.register();
      const before = finishes(t.tap);
      t.erred(await user.login("not the password"), "opaque.auth");
      t.same("unsent", finishes(t.tap), before);
    },
  }),

  definePairCase({
    id: "pair-users.login.unknown-name",
    rules: ["auth.unknown-user"],
    ops: ["user"],
    features: ["auth"],
    sends: "the SDK logs in under a name that nobody registered",
    expects: "opaque.auth, as for a wrong password",
    async run(t) {
      const { name: username, password, ask } = await t.sdkUser();
      const identity_seed = hex(t.bytes(32));
      t.erred(await ask("user.login", { username, password, identity_seed }), "opaque.auth");
    },
  }),

  definePairCase({
    id: "pair-keys.publish.fetchable",
    rules: ["keys.upload"],
    ops: ["user", "keys"],
    features: ["auth", "keys"],
    sends: "the SDK publishes; another fetches a KeyPackage and the hybrid key",
    expects: "a KeyPackage, and a hybrid key of 1,216 bytes where the SDK has one",
    checks: ["package", "hybrid"],
    async run(t) {
      const [judge, user] = [await t.user(), await t.sdkUser()];
      const identityKey = await user.register();
      const published = okOf(await user.ask("keys.publish"), "keys.publish");
      const first = await judge.call(fetchKeyPackage, { identityKey });
      demandOk(first, "FetchKeyPackage");
      t.same("package", first.message().package.length > 0, true);
      const hybrid = await judge.call(fetchHybridKey, { identityKey });
      demandOk(hybrid, "FetchHybridKey");
      const expected = published.hybrid === true ? HYBRID_KEY : 0;
      t.same("hybrid", hybrid.message().hybridPublicKey.length, expected);
    },
  }),

  definePairCase({
    id: "pair-verify.user.proven",
    rules: ["user.proof"],
    ops: ["user", "verify"],
    features: ["auth", "user", "kt"],
    sends: "a user of the SDK verifies another in the directory and the log",
    expects: "the right identity key, proven",
    checks: ["key", "log"],
    async run(t) {
      const [alice, bob] = [await t.sdkUser(), await t.sdkUser()];
      await alice.register();
      const key = await bob.register();
      const ok = okOf(await alice.ask("verify.user", { username: bob.name }), "verify.user");
      t.same("key", hex(bytesOf(ok, "identity_key")), hex(key));
      t.same("log", ok.kt, "ok");
    },
  }),

  definePairCase({
    id: "pair-verify.user.unknown",
    rules: ["user.not-found"],
    ops: ["user", "verify"],
    features: ["auth", "user"],
    sends: "a user of the SDK verifies a name that nobody has",
    expects: "local.invalid",
    async run(t) {
      const alice = await t.sdkUser();
      await alice.register();
      t.erred(await alice.ask("verify.user", { username: `no-${alice.name}` }), "local.invalid");
    },
  }),

  definePairCase({
    id: "pair-users.call.own-session",
    rules: ["sessions.binding"],
    ops: ["user"],
    features: ["auth", "delivery"],
    sends: "Peek on the own inbox, on the connection that the SDK logged in on",
    expects: "Ok: the SDK shows its session",
    async run(t) {
      const user = await t.sdkUser();
      const key = await user.register();
      const body = hex(Buffer.concat([Uint8Array.of(0x0a, 32), key]));
      const ok = okOf(await user.ask("user.call", { method: 203, body, timeout_ms: 5000 }), "Peek");
      t.same("answer", ok.status, Status.Ok);
    },
  }),
];

/** finishes counts the LoginFinish requests that went through. */
function finishes({ streams }: Tap): number {
  return streams.filter(({ kind, fromClient }) => {
    const bytes = bytesThrough(fromClient);
    if (kind !== "call" || bytes.length < REQUEST.size) return false;
    return Buffer.from(bytes).readUInt16BE(0) === LOGIN_FINISH;
  }).length;
}
