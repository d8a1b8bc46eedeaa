// Every pair case. A case id stands once, here and among the other cases.

import type { PairCase } from "../case.ts";
import { callCases } from "./calls.ts";
import { deliveryCases } from "./delivery.ts";
import { groupCases } from "./groups.ts";
import { blobCases, messageCases } from "./messages.ts";
import { sessionCases } from "./sessions.ts";
import { userCases } from "./users.ts";

export const ALL_PAIR_CASES: readonly PairCase[] = [
  ...callCases,
  ...sessionCases,
  ...deliveryCases,
  ...userCases,
  ...messageCases,
  ...groupCases,
  ...blobCases,
];
