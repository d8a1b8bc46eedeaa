// Cases of spec/services/p2p.md.

import type { Case } from "../../judge/case.ts";
import { endpointCases } from "./endpoints.ts";
import { lastingCases } from "./lasting.ts";
import { ownerCases } from "./owners.ts";

export const p2pCases: readonly Case[] = [...endpointCases, ...ownerCases, ...lastingCases];
