// The cases of users verified against the transparency log.

import type { ClientCase } from "../../client/case.ts";
import { honestKtCases } from "./honest.ts";
import { logCases } from "./log.ts";
import { pinCases } from "./pins.ts";
import { proofCases } from "./proofs.ts";
import { remoteCases } from "./remote.ts";

export const ktCases: readonly ClientCase[] = [
  ...honestKtCases,
  ...proofCases,
  ...logCases,
  ...pinCases,
  ...remoteCases,
];
