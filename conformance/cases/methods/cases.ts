// Every case of spec/methods.md.

import type { Case } from "../../judge/case.ts";
import { checkOrderCases } from "./check-order.ts";
import { missingFamilyCases } from "./missing-family.ts";
import { tableCases } from "./table.ts";

export const methodsCases: readonly Case[] = [
  ...tableCases,
  ...missingFamilyCases,
  ...checkOrderCases,
];
