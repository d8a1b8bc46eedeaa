// Cases of spec/services/recovery.md.

import type { Case } from "../../judge/case.ts";
import { bundleCases } from "./bundles.ts";
import { contentCases } from "./contents.ts";
import { lastingCases } from "./lasting.ts";
import { ownerCases } from "./owners.ts";

export const recoveryCases: readonly Case[] = [
  ...bundleCases,
  ...contentCases,
  ...ownerCases,
  ...lastingCases,
];
