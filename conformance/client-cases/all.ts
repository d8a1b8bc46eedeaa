// Every case for clients, by area. A case id stands once, and none is an id of a case for servers.

import type { ClientCase } from "../client/case.ts";
import { blobCases } from "./blob/cases.ts";
import { callsCases } from "./calls/cases.ts";
import { deliveryCases } from "./delivery/cases.ts";
import { envelopeCases } from "./envelope/cases.ts";
import { framingCases } from "./framing/cases.ts";
import { groupCases } from "./group/cases.ts";
import { keysCases } from "./keys/cases.ts";
import { ktCases } from "./kt/cases.ts";
import { mlsCases } from "./mls/cases.ts";
import { opaqueCases } from "./opaque/cases.ts";
import { pushCases } from "./push/cases.ts";
import { sessionCases } from "./session/cases.ts";
import { statusCases } from "./status/cases.ts";
import { transportCases } from "./transport/cases.ts";

export const ALL_CLIENT_CASES: readonly ClientCase[] = [
  ...transportCases,
  ...framingCases,
  ...statusCases,
  ...callsCases,
  ...pushCases,
  ...sessionCases,
  ...opaqueCases,
  ...ktCases,
  ...keysCases,
  ...envelopeCases,
  ...deliveryCases,
  ...mlsCases,
  ...groupCases,
  ...blobCases,
];
