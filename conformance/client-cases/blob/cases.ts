// The cases of files as encrypted blobs.

import type { ClientCase } from "../../client/case.ts";
import { downloadCases } from "./download.ts";
import { filesCases } from "./files.ts";
import { uploadCases } from "./upload.ts";

export const blobCases: readonly ClientCase[] = [...filesCases, ...downloadCases, ...uploadCases];
