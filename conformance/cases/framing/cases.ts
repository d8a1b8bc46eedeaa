// Every case of spec/framing.md.

import type { Case } from "../../judge/case.ts";
import { deadlineCases } from "./deadline.ts";
import { headerCases } from "./header.ts";
import { hostileCases } from "./hostile.ts";
import { laxCases } from "./lax.ts";
import { lengthCases } from "./length.ts";
import { malformedCases } from "./malformed.ts";
import { payloadCases } from "./payload.ts";
import { pushCases } from "./push.ts";

export const framingCases: readonly Case[] = [
  ...headerCases,
  ...lengthCases,
  ...malformedCases,
  ...deadlineCases,
  ...payloadCases,
  ...laxCases,
  ...pushCases,
  ...hostileCases,
];
