// Every case of spec/services/group.md.

import type { Case } from "../../judge/case.ts";
import { lastingCases } from "./lasting.ts";
import { listCases } from "./list.ts";
import { memberCases } from "./members.ts";
import { messageCases } from "./messages.ts";
import { metadataCases } from "./metadata.ts";
import { removedCases } from "./removed.ts";
import { rotateCases } from "./rotate.ts";

export const groupCases: readonly Case[] = [
  ...memberCases,
  ...removedCases,
  ...metadataCases,
  ...listCases,
  ...rotateCases,
  ...messageCases,
  ...lastingCases,
];
