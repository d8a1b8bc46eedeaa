// A case for clients: what the judge's server does, and what the SDK under test must make of it.

import { type CaseMeta, type MetaSpec, withDefaults } from "../judge/case.ts";
import type { ClientTrial } from "./trial.ts";

export interface ClientCaseSpec extends MetaSpec {
  /** `sends` says what the judge's server does, `expects` what the SDK must do. */
  readonly run: (trial: ClientTrial) => Promise<void>;
  /** Operations that the adapter must declare; default: `call`, which stands for all of level 1 but cancel. */
  readonly ops?: readonly string[];
  /** Runs alone when everything else is done. */
  readonly quiet?: boolean;
}

/** ClientCase has the defaults filled in. */
export interface ClientCase extends CaseMeta, Required<Omit<ClientCaseSpec, "twin">> {
  readonly twin: string | undefined;
}

/** defineClientCase fills in the defaults. It throws when the id is not one of a client case. */
export function defineClientCase(spec: ClientCaseSpec): ClientCase {
  if (!spec.id.startsWith("client-")) throw new Error(`${spec.id} does not begin with client-`);
  return { ops: ["call"], quiet: false, ...withDefaults(spec) };
}
