// Every mutant of the reference server.

import { AUTH_MUTANTS } from "./auth.ts";
import { DELIVERY_MUTANTS } from "./delivery.ts";
import { DISPATCH_MUTANTS } from "./dispatch.ts";
import { EVENTS_MUTANTS } from "./events.ts";
import { FIELD_MUTANTS } from "./fields.ts";
import { HYBRID_KEYS_MUTANTS } from "./hybrid-keys.ts";
import { KEYS_MUTANTS } from "./keys.ts";
import { LIMITS_MUTANTS } from "./limits.ts";
import type { Mutant } from "./mutant.ts";
import { OPAQUE_MUTANTS } from "./opaque.ts";
import { QUEUE_MUTANTS } from "./queue.ts";
import { SESSIONS_MUTANTS } from "./sessions.ts";
import { TRANSPORT_MUTANTS } from "./transport.ts";
import { WIRE_MUTANTS } from "./wire.ts";

export const ALL_MUTANTS: readonly Mutant[] = [
  ...WIRE_MUTANTS,
  ...DISPATCH_MUTANTS,
  ...FIELD_MUTANTS,
  ...TRANSPORT_MUTANTS,
  ...AUTH_MUTANTS,
  ...OPAQUE_MUTANTS,
  ...SESSIONS_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...QUEUE_MUTANTS,
  ...EVENTS_MUTANTS,
  ...KEYS_MUTANTS,
  ...HYBRID_KEYS_MUTANTS,
  ...LIMITS_MUTANTS,
];
