// Every case of spec/services/channel.md.

import type { Case } from "../../judge/case.ts";
import { accessCases } from "./access.ts";
import { groupFormCases } from "./group-form.ts";
import { groupSizeCases } from "./group-size.ts";
import { messageCases } from "./messages.ts";
import { pairCases } from "./pair.ts";
import { sealedCases } from "./sealed.ts";

export const channelCases: readonly Case[] = [
  ...pairCases,
  ...accessCases,
  ...sealedCases,
  ...groupFormCases,
  ...groupSizeCases,
  ...messageCases,
];
