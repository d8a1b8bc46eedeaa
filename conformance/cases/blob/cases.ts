// Cases of spec/services/blob.md.

import type { Case } from "../../judge/case.ts";
import { downloadCases } from "./download.ts";
import { hashCases } from "./hash.ts";
import { heldCases } from "./held.ts";
import { lastingCases } from "./lasting.ts";
import { refusalCases } from "./refusals.ts";
import { uploadCases } from "./upload.ts";

export const blobCases: readonly Case[] = [
  ...uploadCases,
  ...refusalCases,
  ...hashCases,
  ...heldCases,
  ...downloadCases,
  ...lastingCases,
];
