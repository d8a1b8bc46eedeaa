// The cases of spec/services/moderation.md, beside those that follow from the method table.

import type { Case } from "../../judge/case.ts";
import { banCases } from "./bans.ts";
import { channelBanCases } from "./channel-ban.ts";
import { lastingCases } from "./lasting.ts";
import { listCases } from "./lists.ts";
import { loginCases } from "./login.ts";
import { messageCases } from "./messages.ts";
import { refusedCases } from "./refused.ts";
import { reportCases } from "./reports.ts";
import { rightCases } from "./rights.ts";
import { sealedCases } from "./sealed.ts";

export const moderationCases: readonly Case[] = [
  ...messageCases,
  ...reportCases,
  ...banCases,
  ...loginCases,
  ...rightCases,
  ...refusedCases,
  ...channelBanCases,
  ...sealedCases,
  ...listCases,
  ...lastingCases,
];
