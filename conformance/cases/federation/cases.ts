// Every case of spec/services/federation.md that the method table does not give.

import type { Case } from "../../judge/case.ts";
import { boundCases } from "./bounds.ts";
import { channelCases } from "./channels.ts";
import { failingCases } from "./failing.ts";
import { lastingCases } from "./lasting.ts";
import { listenerCases } from "./listener.ts";
import { messageCases } from "./messages.ts";
import { peerCases } from "./peers.ts";
import { proxyCases } from "./proxy.ts";
import { relayCases } from "./relay.ts";
import { routingCases } from "./routing.ts";

export const federationCases: readonly Case[] = [
  ...messageCases,
  ...peerCases,
  ...listenerCases,
  ...relayCases,
  ...boundCases,
  ...proxyCases,
  ...routingCases,
  ...channelCases,
  ...failingCases,
  ...lastingCases,
];
