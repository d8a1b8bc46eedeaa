// The cases of MLS: messages, contents, epochs, commits and Welcomes.

import type { ClientCase } from "../../client/case.ts";
import { commitCases } from "./commits.ts";
import { contentCases } from "./content.ts";
import { damagedCases } from "./damaged.ts";
import { epochCases } from "./epochs.ts";
import { welcomeCases } from "./welcomes.ts";

export const mlsCases: readonly ClientCase[] = [
  ...damagedCases,
  ...contentCases,
  ...epochCases,
  ...commitCases,
  ...welcomeCases,
];
