// Every case of the suite, by chapter. A case id stands once.

import type { Case } from "../judge/case.ts";
import { authCases } from "./auth/cases.ts";
import { contractCases } from "./contract/cases.ts";
import { deliveryCases } from "./delivery/cases.ts";
import { eventsCases } from "./events/cases.ts";
import { framingCases } from "./framing/cases.ts";
import { healthCases } from "./health/cases.ts";
import { keysCases } from "./keys/cases.ts";
import { limitsCases } from "./limits/cases.ts";
import { methodsCases } from "./methods/cases.ts";
import { opaqueCases } from "./opaque/cases.ts";
import { sessionsCases } from "./sessions/cases.ts";
import { statusCases } from "./status/cases.ts";
import { transportCases } from "./transport/cases.ts";

export const ALL_CASES: readonly Case[] = [
  ...authCases,
  ...contractCases,
  ...deliveryCases,
  ...eventsCases,
  ...framingCases,
  ...healthCases,
  ...keysCases,
  ...limitsCases,
  ...methodsCases,
  ...opaqueCases,
  ...sessionsCases,
  ...statusCases,
  ...transportCases,
];
