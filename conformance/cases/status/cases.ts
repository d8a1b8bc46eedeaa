// Every case of spec/status.md.

import type { Case } from "../../judge/case.ts";
import { codeCases } from "./codes.ts";
import { isolationCases } from "./isolation.ts";
import { payloadCases } from "./payload.ts";

export const statusCases: readonly Case[] = [...codeCases, ...payloadCases, ...isolationCases];
