// Every mutant of this repository's own client: the client side with one fault each.

import type { Mutant } from "../broken/mutant.ts";
import { BLOB_CLIENT_MUTANTS } from "./blob.ts";
import { CALLER_CLIENT_MUTANTS } from "./caller.ts";
import { CALLS_CLIENT_MUTANTS } from "./calls.ts";
import { CONNECT_CLIENT_MUTANTS } from "./connect.ts";
import { EVENTS_CLIENT_MUTANTS } from "./events.ts";
import { KEYS_CLIENT_MUTANTS } from "./keys.ts";
import { KT_CLIENT_MUTANTS } from "./kt.ts";
import { MESSAGE_CLIENT_MUTANTS } from "./messages.ts";
import { MLS_CLIENT_MUTANTS } from "./mls.ts";
import { OPAQUE_CLIENT_MUTANTS } from "./opaque.ts";
import { WIRE_CLIENT_MUTANTS } from "./wire.ts";

export const ALL_CLIENT_MUTANTS: readonly Mutant[] = [
  ...WIRE_CLIENT_MUTANTS,
  ...CALLER_CLIENT_MUTANTS,
  ...CALLS_CLIENT_MUTANTS,
  ...CONNECT_CLIENT_MUTANTS,
  ...EVENTS_CLIENT_MUTANTS,
  ...OPAQUE_CLIENT_MUTANTS,
  ...KT_CLIENT_MUTANTS,
  ...KEYS_CLIENT_MUTANTS,
  ...MESSAGE_CLIENT_MUTANTS,
  ...MLS_CLIENT_MUTANTS,
  ...BLOB_CLIENT_MUTANTS,
];
