// Every case of connections and streams at a client.

import type { ClientCase } from "../../client/case.ts";
import { alpnCases } from "./alpn.ts";
import { certificateCases } from "./certificates.ts";
import { endingCases } from "./endings.ts";
import { openCases } from "./open.ts";
import { resetCases } from "./resets.ts";
import { streamCases } from "./streams.ts";

export const transportCases: readonly ClientCase[] = [
  ...alpnCases,
  ...certificateCases,
  ...openCases,
  ...streamCases,
  ...resetCases,
  ...endingCases,
];
