// Every case of spec/events.md.

import type { Case } from "../../judge/case.ts";
import { membershipCases } from "./membership.ts";
import { newMessageCases } from "./new-message.ts";
import { receiverCases } from "./receivers.ts";
import { unaskedCases } from "./unasked.ts";

export const eventsCases: readonly Case[] = [
  ...newMessageCases,
  ...membershipCases,
  ...receiverCases,
  ...unaskedCases,
];
