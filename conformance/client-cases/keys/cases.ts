// The cases of KeyPackages and hybrid keys.

import type { ClientCase } from "../../client/case.ts";
import { hybridKeyCases } from "./hybrid-keys.ts";
import { keyPackageCases } from "./key-packages.ts";
import { uploadCases } from "./uploads.ts";

export const keysCases: readonly ClientCase[] = [
  ...keyPackageCases,
  ...uploadCases,
  ...hybridKeyCases,
];
