// Every case of frames at a client.

import type { ClientCase } from "../../client/case.ts";
import { piecesCases } from "./pieces.ts";
import { requestIdCases } from "./request-id.ts";
import { requestCases } from "./requests.ts";
import { tooLargeCases } from "./too-large.ts";
import { trailingCases } from "./trailing.ts";
import { truncatedCases } from "./truncated.ts";

export const framingCases: readonly ClientCase[] = [
  ...requestCases,
  ...requestIdCases,
  ...truncatedCases,
  ...tooLargeCases,
  ...trailingCases,
  ...piecesCases,
];
