// Every case of spec/transport.md.

import type { Case } from "../../judge/case.ts";
import { certificateCases } from "./certificate.ts";
import { datagramCases } from "./datagrams.ts";
import { drainCases } from "./drain.ts";
import { endingCases } from "./endings.ts";
import { firstFlightCases } from "./first-flight.ts";
import { handshakeCases } from "./handshake.ts";
import { idleCases } from "./idle.ts";
import { loadCases } from "./load.ts";
import { pushCases } from "./push.ts";
import { streamCases } from "./streams.ts";
import { waitCases } from "./waits.ts";

export const transportCases: readonly Case[] = [
  ...handshakeCases,
  ...firstFlightCases,
  ...certificateCases,
  ...datagramCases,
  ...streamCases,
  ...waitCases,
  ...endingCases,
  ...pushCases,
  ...idleCases,
  ...drainCases,
  ...loadCases,
];
