// Reads rules out of the chapters of the specification (spec/README.md, "Grammar of a rule"). Pure:
// texts in, rules and problems out.

/** SpecFile is one Markdown file; `path` is relative to spec/, as in `services/auth.md`. */
export interface SpecFile {
  readonly path: string;
  readonly text: string;
}

export const LEVELS = ["MUST", "SHOULD", "MAY"] as const;
export type Level = (typeof LEVELS)[number];

export const MILESTONES = ["clients", "operations"] as const;
export type Milestone = (typeof MILESTONES)[number];

export type RuleProvenance = "documented" | "reconstructed" | `decided(${string})`;
export type RuleState = `vectors(${string})` | `planned(${Milestone})` | `excluded(${string})`;

/** Rule is one normative sentence. Without a state it is tested over the wire now. */
export interface Rule {
  readonly level: Level;
  readonly text: string;
  /** IDs of inventory statements and of errata; at least one. */
  readonly cites: readonly string[];
  readonly provenance: RuleProvenance;
  readonly state?: RuleState;
  /** Path of the chapter, relative to spec/. */
  readonly chapter: string;
}

export interface SpecRule extends Rule {
  readonly slug: string;
  /** Line of the bullet, from 1. */
  readonly line: number;
}

export interface ParsedRules {
  /** In order of the files given, and of their lines. */
  readonly rules: readonly SpecRule[];
  /** `path:line: what is wrong`; a rule with a problem is not among `rules`. */
  readonly problems: readonly string[];
}

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/;
const TOPIC = /^[a-z0-9-]+\/[a-z0-9-]+$/;
const BULLET = /^- \*\*\[([^\]]*)\]\*\* ([^\s:]+): (.+)$/;
const SEPARATOR = " — ";

/**
 * parseRules reads the rules of all chapters. `citable` holds every ID that a rule may cite. A wrong
 * bullet becomes a problem and does not stop the reading.
 */
export function parseRules(files: readonly SpecFile[], citable: ReadonlySet<string>): ParsedRules {
  const rules = new Map<string, SpecRule>();
  const problems: string[] = [];
  for (const file of files) {
    for (const { line, text } of bullets(file)) {
      const where = `${file.path}:${line}`;
      try {
        const rule = { ...parseBullet(text, file.path, citable), line };
        const first = rules.get(rule.slug);
        if (first) throw new Error(`[${rule.slug}] stands already at ${place(first)}`);
        rules.set(rule.slug, rule);
      } catch (error) {
        problems.push(`${where}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  return { rules: [...rules.values()], problems };
}

/** place says where a rule stands: `services/auth.md:12`. */
export function place(rule: SpecRule): string {
  return `${rule.chapter}:${rule.line}`;
}

// Yields whatever looks like a rule, so that a bullet with a slip is reported and not overlooked.
function* bullets({ text }: SpecFile): Generator<{ line: number; text: string }> {
  const lines = text.split("\n");
  let fenced = false;
  for (let at = 0; at < lines.length; at++) {
    const start = lines[at] ?? "";
    if (start.startsWith("```")) fenced = !fenced;
    if (fenced || !/\*\*\[/.test(start)) continue;
    const line = at + 1;
    const parts = [start.trimEnd()];
    while (/^ {2}\S/.test(lines[at + 1] ?? "")) parts.push((lines[++at] ?? "").trim());
    yield { line, text: parts.join(" ") };
  }
}

function parseBullet(
  bullet: string,
  path: string,
  citable: ReadonlySet<string>,
): Omit<SpecRule, "line"> {
  const [, slug = "", level = "", rest = ""] =
    BULLET.exec(bullet) ?? fail(`a rule reads "- **[slug]** LEVEL: text — cites, provenance"`);
  checkSlug(slug, path);
  if (!isOneOf(LEVELS, level)) fail(`[${slug}] has level "${level}", not ${LEVELS.join(", ")}`);

  const cut = rest.lastIndexOf(SEPARATOR);
  if (cut < 0) fail(`[${slug}] has no "${SEPARATOR}" before its cites`);
  const text = rest.slice(0, cut);
  if (text.includes("—")) fail(`[${slug}] has an em dash inside its text`);
  if (!text.endsWith(".")) fail(`[${slug}] does not end its text with a full stop`);

  const metadata = rest.slice(cut + SEPARATOR.length);
  const semicolon = metadata.indexOf("; ");
  const list = semicolon < 0 ? metadata : metadata.slice(0, semicolon);
  const words = list.split(", ");
  const provenance = words.pop() ?? "";
  if (!isProvenance(provenance, citable)) fail(`[${slug}] has provenance "${provenance}"`);
  if (words.length === 0) fail(`[${slug}] cites nothing`);
  for (const id of words) {
    if (!citable.has(id)) fail(`[${slug}] cites "${id}", which does not exist`);
  }
  if (new Set(words).size < words.length) fail(`[${slug}] cites an ID twice`);
  const rule = { slug, level, text, cites: words, provenance, chapter: path };
  if (semicolon < 0) return rule;

  const state = metadata.slice(semicolon + 2);
  if (!isState(state)) fail(`[${slug}] has state "${state}"`);
  return { ...rule, state };
}

function checkSlug(slug: string, path: string): void {
  if (!SLUG.test(slug)) fail(`"${slug}" is not a slug of two lower-case segments`);
  const chapter = slug.split(".")[0];
  const file = path.split("/").at(-1);
  if (file !== `${chapter}.md`) fail(`[${slug}] belongs into ${chapter}.md`);
}

function isProvenance(word: string, citable: ReadonlySet<string>): word is RuleProvenance {
  if (word === "documented" || word === "reconstructed") return true;
  const id = /^decided\(([CIS]-\d+)\)$/.exec(word)?.[1];
  return id !== undefined && citable.has(id);
}

/** isState tells a state from any other text. */
export function isState(text: string): text is RuleState {
  const [, kind, inside = ""] = /^(vectors|planned|excluded)\((.+)\)$/.exec(text) ?? [];
  if (kind === "vectors") return TOPIC.test(inside);
  return kind === "excluded" || (kind === "planned" && isOneOf(MILESTONES, inside));
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

function fail(message: string): never {
  throw new Error(message);
}
