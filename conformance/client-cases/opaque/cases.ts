// The cases of registration and login with OPAQUE.

import type { ClientCase } from "../../client/case.ts";
import { honestCases } from "./honest.ts";
import { ke2Cases } from "./ke2.ts";
import { registrationCases } from "./registration.ts";

export const opaqueCases: readonly ClientCase[] = [
  ...honestCases,
  ...ke2Cases,
  ...registrationCases,
];
