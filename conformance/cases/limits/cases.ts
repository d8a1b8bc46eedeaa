// Every case of spec/limits.md.

import type { Case } from "../../judge/case.ts";
import { lengthCases } from "./lengths.ts";
import { rateCases } from "./rate.ts";
import { rateKeyCases } from "./rate-keys.ts";
import { timeCases } from "./time.ts";

export const limitsCases: readonly Case[] = [
  ...rateCases,
  ...rateKeyCases,
  ...lengthCases,
  ...timeCases,
];
