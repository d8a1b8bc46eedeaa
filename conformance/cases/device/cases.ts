// Every case of spec/services/device.md, and of events and delivery what devices make of them.

import type { Case } from "../../judge/case.ts";
import { bindingCases } from "./binding.ts";
import { lastingCases } from "./lasting.ts";
import { messageCases } from "./messages.ts";
import { pushTokenCases } from "./push-token.ts";
import { pushCases } from "./pushes.ts";
import { registerCases } from "./register.ts";
import { revokeCases } from "./revoke.ts";
import { viewCases } from "./views.ts";

export const deviceCases: readonly Case[] = [
  ...messageCases,
  ...registerCases,
  ...bindingCases,
  ...revokeCases,
  ...viewCases,
  ...pushTokenCases,
  ...pushCases,
  ...lastingCases,
];
