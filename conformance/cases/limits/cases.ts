// Every case of spec/limits.md.

import type { Case } from "../../judge/case.ts";
import { abuseCases } from "./abuse.ts";
import { lengthCases } from "./lengths.ts";
import { memoryCases } from "./memory.ts";
import { noEffectCases } from "./no-effect.ts";
import { rateCases } from "./rate.ts";
import { rateKeyCases } from "./rate-keys.ts";
import { timeCases } from "./time.ts";

export const limitsCases: readonly Case[] = [
  ...rateCases,
  ...rateKeyCases,
  ...lengthCases,
  ...noEffectCases,
  ...timeCases,
  ...abuseCases,
  ...memoryCases,
];
