// Every case of spec/sessions.md.

import type { Case } from "../../judge/case.ts";
import { bindingCases } from "./binding.ts";
import { endingCases } from "./ending.ts";
import { identityCases } from "./identity.ts";
import { invalidTokenCases } from "./invalid-token.ts";
import { openMethodCases } from "./open-methods.ts";
import { tokenCases } from "./token.ts";
import { trailerCases } from "./trailer.ts";

export const sessionsCases: readonly Case[] = [
  ...tokenCases,
  ...bindingCases,
  ...trailerCases,
  ...invalidTokenCases,
  ...openMethodCases,
  ...identityCases,
  ...endingCases,
];
