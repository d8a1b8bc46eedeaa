// The method table as cases: the field rules and the callers of every method that has a valid request.
// Health needs no session and has no fields; delivery has the same cases by hand.

import { METHODS } from "../../../src/registry/methods.ts";
import type { Case } from "../../judge/case.ts";
import { hasValidRequest } from "../requests.ts";
import { callerCases } from "./callers.ts";
import { fieldCases } from "./fields.ts";
import { repeatedCases } from "./repeated.ts";

export const contractCases: readonly Case[] = METHODS.filter(hasValidRequest).flatMap((method) => [
  ...(method.family === "delivery" ? [] : fieldCases(method)),
  ...callerCases(method),
  ...repeatedCases(method),
]);
