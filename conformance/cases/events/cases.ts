// Every case of spec/events.md.

import type { Case } from "../../judge/case.ts";
import { newMessageCases } from "./new-message.ts";
import { receiverCases } from "./receivers.ts";

export const eventsCases: readonly Case[] = [...newMessageCases, ...receiverCases];
