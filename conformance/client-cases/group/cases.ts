// The cases of groups that the SDK begins and changes.

import type { ClientCase } from "../../client/case.ts";
import { commitsCases } from "./commits.ts";
import { foundingCases } from "./founding.ts";
import { leavingCases } from "./leaving.ts";

export const groupCases: readonly ClientCase[] = [
  ...foundingCases,
  ...commitsCases,
  ...leavingCases,
];
