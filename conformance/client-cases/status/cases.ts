// Every case of status codes at a client.

import type { ClientCase } from "../../client/case.ts";
import { assignedCases } from "./assigned.ts";
import { unassignedCases } from "./unassigned.ts";

export const statusCases: readonly ClientCase[] = [...assignedCases, ...unassignedCases];
