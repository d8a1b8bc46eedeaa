// Every case of spec/services/auth.md.

import type { Case } from "../../judge/case.ts";
import { elementCases } from "./elements.ts";
import { lastingCases } from "./lasting.ts";
import { loginCases } from "./login.ts";
import { loginStartCases } from "./login-start.ts";
import { messageCases } from "./messages.ts";
import { pendingCases } from "./pending.ts";
import { refusalCases } from "./refusals.ts";
import { registerCases } from "./register.ts";
import { takenCases } from "./taken.ts";
import { timingCases } from "./timing.ts";

export const authCases: readonly Case[] = [
  ...messageCases,
  ...registerCases,
  ...takenCases,
  ...elementCases,
  ...loginStartCases,
  ...loginCases,
  ...refusalCases,
  ...pendingCases,
  ...lastingCases,
  ...timingCases,
];
