// Every case of calls at a client.

import type { ClientCase } from "../../client/case.ts";
import { cancelCases } from "./cancel.ts";
import { deadlineCases } from "./deadline.ts";
import { decodingCases } from "./decoding.ts";
import { methodCases } from "./methods.ts";
import { orderCases } from "./order.ts";
import { repeatCases } from "./repeat.ts";

export const callsCases: readonly ClientCase[] = [
  ...methodCases,
  ...decodingCases,
  ...orderCases,
  ...deadlineCases,
  ...cancelCases,
  ...repeatCases,
];
