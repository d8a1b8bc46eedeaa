// The cases of inboxes and of what a client puts into them.

import type { ClientCase } from "../../client/case.ts";
import { beginningCases } from "./beginning.ts";
import { garbageCases } from "./garbage.ts";
import { orderCases } from "./order.ts";
import { outboxCases } from "./outbox.ts";
import { repeatsCases } from "./repeats.ts";
import { waitingCases } from "./waiting.ts";

export const deliveryCases: readonly ClientCase[] = [
  ...garbageCases,
  ...orderCases,
  ...repeatsCases,
  ...waitingCases,
  ...outboxCases,
  ...beginningCases,
];
