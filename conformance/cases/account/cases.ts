// Every case of spec/services/account.md.

import type { Case } from "../../judge/case.ts";
import { backCases } from "./back.ts";
import { dataCases } from "./data.ts";
import { deletionCases } from "./deletion.ts";
import { keptCases } from "./kept.ts";

export const accountCases: readonly Case[] = [
  ...deletionCases,
  ...dataCases,
  ...keptCases,
  ...backCases,
];
