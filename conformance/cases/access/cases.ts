// The authorisation matrix: every method called by every kind of caller (spec/methods.md, spec/sessions.md).

import type { Case } from "../../judge/case.ts";
import { cellCases } from "./cells.ts";
import { columnCases } from "./columns.ts";

export const accessCases: readonly Case[] = [...cellCases, ...columnCases];
