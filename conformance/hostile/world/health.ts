// Health, 802 (spec/services/health.md): this server signs no receipts.

import { HealthService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { answering, type Handler } from "./handler.ts";

export const HEALTH: readonly Handler[] = [
  answering(HealthService.method.health, () => ({ status: "ok", uptimeSecs: 1n })),
];
