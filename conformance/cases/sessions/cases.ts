// Every case of spec/sessions.md.

import type { Case } from "../../judge/case.ts";
import { bindingCases } from "./binding.ts";
import { sessionDeviceCases } from "./device.ts";
import { endingCases } from "./ending.ts";
import { identityCases } from "./identity.ts";
import { invalidTokenCases } from "./invalid-token.ts";
import { openMethodCases } from "./open-methods.ts";
import { operatorCases } from "./operator.ts";
import { tokenCases } from "./token.ts";
import { trailerCases } from "./trailer.ts";
import { trailerSizeCases } from "./trailer-size.ts";

export const sessionsCases: readonly Case[] = [
  ...tokenCases,
  ...bindingCases,
  ...trailerCases,
  ...trailerSizeCases,
  ...invalidTokenCases,
  ...openMethodCases,
  ...identityCases,
  ...endingCases,
  ...sessionDeviceCases,
  ...operatorCases,
];
