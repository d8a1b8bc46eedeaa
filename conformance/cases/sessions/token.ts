// The token that a login gives, and that it is one of many (spec/sessions.md).

import { AuthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { beginLogin, demandOk, login } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import { readInbox, spell } from "../auth/steps.ts";
import { TRAILER } from "./trailer-bytes.ts";

const { opaqueLoginFinish } = AuthService.method;

/** Bits in which two random tokens differ: 128, give or take 8 standard deviations. */
const FEWEST = 64;
const MOST = 192;

const tokenCase = (spec: CaseSpec): Case =>
  defineCase({ features: ["auth", "delivery"], errata: ["I-15"], ...spec });

export const tokenCases: readonly Case[] = [
  tokenCase({
    id: "sessions.token.32-bytes",
    rules: ["sessions.token-length"],
    features: ["auth"],
    sends: "a login",
    expects: "0a 20 and 32 bytes",
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const finish = await peer.call(opaqueLoginFinish, await beginLogin(peer, account));
      demandOk(finish, "OpaqueLoginFinish");
      const { length } = finish.message().sessionToken;
      t.check("answer", length === 32, { expected: "32 bytes", got: `${length} bytes` });
    },
  }),

  tokenCase({
    id: "sessions.token.eight-logins",
    rules: ["sessions.token-fresh"],
    features: ["auth"],
    sends: "eight logins of one account on one connection",
    expects: "eight tokens, any two of which differ in about half of their bits",
    async run(t) {
      const { account } = await t.user();
      const peer = await t.peer();
      const tokens: Uint8Array[] = [];
      for (let i = 0; i < 8; i++) {
        const finish = await login(peer, account);
        demandOk(finish, "OpaqueLoginFinish");
        tokens.push(finish.message().sessionToken);
      }
      const pairs = tokens.flatMap((one, i) => tokens.slice(i + 1).map((two) => [one, two]));
      const near = pairs.filter(([one, two]) => {
        const bits = distance(one as Uint8Array, two as Uint8Array);
        return bits < FEWEST || bits > MOST;
      });
      t.check("answer", near.length === 0, {
        expected: "tokens that share nothing",
        got: near.map((pair) => pair.map(spell).join(" and ")).join("; "),
      });
    },
  }),

  tokenCase({
    id: "sessions.token.both-stay-valid",
    rules: ["sessions.token-fresh"],
    sends: "two logins of one account on two connections, then a Fetch with either session",
    expects: "Ok for both",
    checks: ["answer", "second"],
    async run(t) {
      const { account, key } = await t.user();
      const [one, two] = [await t.logIn(account), await t.logIn(account)];
      t.status(await readInbox(one, key), Status.Ok);
      const { status } = await readInbox(two, key);
      t.check("second", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),

  tokenCase({
    id: "sessions.token.replaced-binding-stays-valid",
    rules: ["sessions.token-fresh", "sessions.second-login"],
    when: TRAILER,
    sends: "two logins of one account on one connection, then a Fetch with the first token",
    expects: "Ok, on another connection too",
    checks: ["answer", "elsewhere"],
    async run(t) {
      const { account, key } = await t.user();
      const { peer, token } = await t.logIn(account);
      demandOk(await login(peer, account), "OpaqueLoginFinish");
      t.status(await readInbox(peer, key, { token }), Status.Ok);
      const { status } = await readInbox(await t.peer(), key, { token });
      t.check("elsewhere", status === Status.Ok, { expected: "Ok", got: `status ${status}` });
    },
  }),
];

function distance(one: Uint8Array, two: Uint8Array): number {
  let bits = 0;
  one.forEach((byte, i) => {
    for (let x = byte ^ (two[i] ?? 0); x > 0; x >>= 1) bits += x & 1;
  });
  return bits;
}
