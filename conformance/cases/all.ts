// Every case of the suite, by chapter. A case id stands once.

import type { Case } from "../judge/case.ts";
import { accessCases } from "./access/cases.ts";
import { accountCases } from "./account/cases.ts";
import { authCases } from "./auth/cases.ts";
import { blobCases } from "./blob/cases.ts";
import { channelCases } from "./channel/cases.ts";
import { contractCases } from "./contract/cases.ts";
import { deliveryCases } from "./delivery/cases.ts";
import { deviceCases } from "./device/cases.ts";
import { eventsCases } from "./events/cases.ts";
import { federationCases } from "./federation/cases.ts";
import { framingCases } from "./framing/cases.ts";
import { groupCases } from "./group/cases.ts";
import { healthCases } from "./health/cases.ts";
import { keysCases } from "./keys/cases.ts";
import { ktCases } from "./kt/cases.ts";
import { limitsCases } from "./limits/cases.ts";
import { methodsCases } from "./methods/cases.ts";
import { moderationCases } from "./moderation/cases.ts";
import { opaqueCases } from "./opaque/cases.ts";
import { p2pCases } from "./p2p/cases.ts";
import { privacyCases } from "./privacy/cases.ts";
import { recoveryCases } from "./recovery/cases.ts";
import { sessionsCases } from "./sessions/cases.ts";
import { statusCases } from "./status/cases.ts";
import { transportCases } from "./transport/cases.ts";
import { userCases } from "./user/cases.ts";

export const ALL_CASES: readonly Case[] = [
  ...accessCases,
  ...accountCases,
  ...authCases,
  ...blobCases,
  ...channelCases,
  ...contractCases,
  ...deliveryCases,
  ...deviceCases,
  ...eventsCases,
  ...federationCases,
  ...framingCases,
  ...groupCases,
  ...healthCases,
  ...keysCases,
  ...ktCases,
  ...limitsCases,
  ...methodsCases,
  ...moderationCases,
  ...opaqueCases,
  ...privacyCases,
  ...p2pCases,
  ...recoveryCases,
  ...sessionsCases,
  ...statusCases,
  ...transportCases,
  ...userCases,
];
