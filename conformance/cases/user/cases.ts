// Every case of spec/services/user.md.

import type { Case } from "../../judge/case.ts";
import { messageCases } from "./messages.ts";
import { proofCases } from "./proof.ts";
import { remoteCases } from "./remote.ts";
import { resolveCases } from "./resolve.ts";

export const userCases: readonly Case[] = [
  ...messageCases,
  ...resolveCases,
  ...proofCases,
  ...remoteCases,
];
