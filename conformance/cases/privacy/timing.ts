// Do answers take longer for accounts that exist? A statement about many answers on a quiet machine,
// and never more than information: what disturbs one run may disturb the other half of it.

import { AuthService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { newIdentityKey, newUsername } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";
import { ke1Of } from "../auth/steps.ts";

const { opaqueLoginStart } = AuthService.method;
const { fetchHybridKey } = KeyService.method;

const SAMPLES = 200;
/** Two medians this near to each other tell nothing over a network, in milliseconds. */
const NEAR_MS = 1;
/** Farther apart than this share of the smaller one they tell something. */
const NEAR_SHARE = 0.1;

type Calls = (t: Trial) => Promise<{
  readonly known: () => Promise<Answer>;
  readonly unknown: () => Promise<Answer>;
}>;

const timingCase = (spec: Omit<CaseSpec, "run" | "expects">, calls: Calls): Case =>
  defineCase({
    ...spec,
    severity: "MAY",
    tier: "full",
    needs: "quiet",
    ms: 60_000,
    expects: "medians of the time that are no further apart than 1 ms or a tenth",
    async run(t) {
      const { known, unknown } = await calls(t);
      let medians = await measure(known, unknown);
      // What disturbs one series is gone in the next; what the server does is not.
      for (let again = 0; again < 2 && !isNear(medians); again++) {
        medians = await measure(known, unknown);
      }
      const got = medians.map((one) => `${one.toFixed(2)} ms`).join(" known, ");
      t.check("answer", isNear(medians), { expected: "near each other", got: `${got} unknown` });
      t.note(`${got} unknown`);
    },
  });

export const timingCases: readonly Case[] = [
  timingCase(
    {
      id: "privacy.timing.login-start",
      rules: ["auth.unknown-user"],
      features: ["auth"],
      sends: `${SAMPLES} OpaqueLoginStarts for a name that is registered and as many for others`,
      errata: ["C-87"],
    },
    async (t) => {
      const [{ account }, peer] = [await t.user(), await t.peer()];
      const request = ke1Of(t);
      const ask = (username: string) => peer.call(opaqueLoginStart, { username, request });
      return { known: () => ask(account.username), unknown: () => ask(newUsername()) };
    },
  ),

  timingCase(
    {
      id: "privacy.timing.hybrid-key",
      rules: ["keys.hybrid-empty-when-none"],
      features: ["auth", "keys"],
      sends: `${SAMPLES} FetchHybridKeys for an account without a key and as many for keys of nobody`,
    },
    async (t) => {
      const [caller, known] = [await t.user(), await t.newUser()];
      const ask = (identityKey: Uint8Array) => caller.call(fetchHybridKey, { identityKey });
      return { known: () => ask(known.key), unknown: () => ask(newIdentityKey()) };
    },
  ),
];

type Medians = readonly [known: number, unknown: number];

async function measure(
  known: () => Promise<Answer>,
  unknown: () => Promise<Answer>,
): Promise<Medians> {
  const [ofKnown, ofUnknown]: [number[], number[]] = [[], []];
  for (let i = 0; i < SAMPLES; i++) {
    ofKnown.push(await timed(known));
    ofUnknown.push(await timed(unknown));
  }
  return [median(ofKnown), median(ofUnknown)];
}

function isNear([one, other]: Medians): boolean {
  const apart = Math.abs(one - other);
  return apart <= NEAR_MS || apart <= Math.min(one, other) * NEAR_SHARE;
}

async function timed(call: () => Promise<Answer>): Promise<number> {
  const { at, sentAt } = await call();
  return at - sentAt;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
