// A case: sentence, literal bytes, reaction. What is sent, what must come back, and which rule says so.

import type { Feature } from "../../src/registry/families.ts";
import type { ProfileFlag } from "../../src/registry/profile.ts";
import { RULES, type RuleSlug } from "../../src/registry/rules.ts";
import type { TestLimits } from "./subject.ts";
import type { Trial } from "./trial.ts";

export type Tier = "smoke" | "default" | "full";
export type Severity = "MUST" | "SHOULD" | "MAY";
export type Hook = "clock.advance" | "restart" | "limits" | "admin" | "drop_push";

/**
 * Where a case runs: on the server that all share, on a server of its own, or alone on the shared one
 * when everything else is done.
 */
export type Needs = "shared" | "own-server" | "quiet";

/** OwnServer departs from how the shared server is started. */
export interface OwnServer {
  readonly limits?: TestLimits;
  readonly alpn?: readonly string[];
  /** Leaves the certificate to the subject, which makes one in its data directory. */
  readonly ownCertificate?: boolean;
  /** Two servers: the subject at a.test and `trial.other()` at b.test, each the other's peer. */
  readonly pair?: boolean;
  /** Readings that the server is asked to start under; a subject that keeps to others is excused. */
  readonly profile?: Partial<Record<ProfileFlag, string>>;
  /** Families that the server is asked to leave out; a subject that cannot is excused. */
  readonly without?: readonly Feature[];
}

/** MetaSpec is what cases of servers and of clients have in common. */
export interface MetaSpec {
  /** `area.topic.slug` or longer; permanent, never reused. */
  readonly id: string;
  /** Rules the case tests; the first one gives clause and severity. */
  readonly rules: readonly [RuleSlug, ...RuleSlug[]];
  readonly sends: string;
  readonly expects: string;
  /** Checks the case makes; one that is not made is a failure. Default: `answer`. */
  readonly checks?: readonly string[];
  /** Case that differs in one field and must succeed in the same run. */
  readonly twin?: string;
  /** Errata that a reader of the verdict should know, as C-nn or I-nn. */
  readonly errata?: readonly string[];
  /** Lowers or raises the level of the first rule, where the errata say so. */
  readonly severity?: Severity;
  readonly tier?: Tier;
  /** Longest time of the case in milliseconds, where 30 s do not do. */
  readonly ms?: number;
}

/** CaseMeta has the defaults filled in. */
export interface CaseMeta extends Required<Omit<MetaSpec, "twin">> {
  readonly twin: string | undefined;
}

export interface CaseSpec extends MetaSpec {
  readonly run: (trial: Trial) => Promise<void>;
  /** Families the subject must declare. */
  readonly features?: readonly Feature[];
  readonly needs?: Needs;
  readonly hooks?: readonly Hook[];
  /** How the server of its own is started; without it a hook alone makes a case own-server. */
  readonly server?: OwnServer;
  /** Flag whose reading decides what is expected: `trial.reading`. */
  readonly reading?: ProfileFlag;
  /** Readings under which the case makes sense at all. */
  readonly when?: Partial<Record<ProfileFlag, readonly string[]>>;
}

/** Case is a case with its defaults filled in. */
export interface Case extends CaseMeta, Required<Omit<CaseSpec, "twin" | "reading">> {
  readonly twin: string | undefined;
  readonly reading: ProfileFlag | undefined;
}

const CASE_MS = 30_000;

const ID = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*){2,}$/;

/** withDefaults fills in what all cases share. It throws when the id is not a case id. */
export function withDefaults<S extends MetaSpec>(spec: S): S & CaseMeta {
  if (!ID.test(spec.id)) throw new Error(`${spec.id} is not a case id (area.topic.slug)`);
  return {
    checks: ["answer"],
    errata: [],
    severity: RULES[spec.rules[0]].level,
    tier: "default",
    ms: CASE_MS,
    twin: undefined,
    ...spec,
  };
}

/** defineCase fills in the defaults. It throws when the id is not a case id. */
export function defineCase(spec: CaseSpec): Case {
  const hooks = spec.hooks ?? [];
  const ownServer = hooks.length > 0 || spec.server !== undefined;
  if (ownServer && spec.needs !== undefined && spec.needs !== "own-server") {
    throw new Error(`${spec.id} needs a server of its own, not ${spec.needs}`);
  }
  return {
    features: [],
    needs: ownServer ? "own-server" : "shared",
    server: {},
    when: {},
    reading: undefined,
    ...withDefaults(spec),
    hooks,
  };
}
