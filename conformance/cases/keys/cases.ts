// Every case of spec/services/keys.md.

import type { Case } from "../../judge/case.ts";
import { accessCases } from "./access.ts";
import { batchCases } from "./batch.ts";
import { hybridCases } from "./hybrid.ts";
import { lastingCases } from "./lasting.ts";
import { messageCases } from "./messages.ts";
import { queueCases } from "./queue.ts";
import { singleUseCases } from "./single-use.ts";
import { uploadCases } from "./upload.ts";

export const keysCases: readonly Case[] = [
  ...messageCases,
  ...uploadCases,
  ...queueCases,
  ...singleUseCases,
  ...accessCases,
  ...hybridCases,
  ...batchCases,
  ...lastingCases,
];
