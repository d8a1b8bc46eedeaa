// Every case of push events at a client.

import type { ClientCase } from "../../client/case.ts";
import { droppedCases } from "./dropped.ts";
import { knownCases } from "./known.ts";
import { oddCases } from "./odd.ts";

export const pushCases: readonly ClientCase[] = [...knownCases, ...droppedCases, ...oddCases];
