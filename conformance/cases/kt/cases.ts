// Every case of spec/services/kt.md.

import type { Case } from "../../judge/case.ts";
import { auditCases } from "./audit.ts";
import { closedCases } from "./closed.ts";
import { lastingCases } from "./lasting.ts";
import { leafCases } from "./leaves.ts";
import { messageCases } from "./messages.ts";
import { revokeCases } from "./revoke.ts";
import { sessionCases } from "./sessions.ts";

export const ktCases: readonly Case[] = [
  ...messageCases,
  ...revokeCases,
  ...sessionCases,
  ...closedCases,
  ...auditCases,
  ...leafCases,
  ...lastingCases,
];
