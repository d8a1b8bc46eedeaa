// Every case of privacy: what a server tells about people that nobody asked it to tell. The rules stand
// in the chapters of the methods and in spec/status.md.

import type { Case } from "../../judge/case.ts";
import { errorCases } from "./errors.ts";
import { familyCases } from "./families.ts";
import { metadataCases } from "./metadata.ts";
import { oracleCases } from "./oracles.ts";
import { timingCases } from "./timing.ts";

export const privacyCases: readonly Case[] = [
  ...oracleCases,
  ...errorCases,
  ...familyCases,
  ...metadataCases,
  ...timingCases,
];
