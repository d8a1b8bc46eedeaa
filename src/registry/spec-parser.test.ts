import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LEVELS, MILESTONES, parseRules } from "./spec-parser.ts";

const CITABLE = new Set(["FRAME-001", "METHOD-IDS", "C-17", "I-13", "S-06"]);

function parse(text: string, path = "framing.md") {
  return parseRules([{ path, text }], CITABLE);
}

test("a rule is read with all its parts", () => {
  const { rules, problems } = parse(
    "# Framing\n\n- **[framing.invalid-utf8]** MUST: Invalid UTF-8 is refused. — FRAME-001, S-06, decided(S-06)\n",
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(rules, [
    {
      slug: "framing.invalid-utf8",
      level: "MUST",
      text: "Invalid UTF-8 is refused.",
      cites: ["FRAME-001", "S-06"],
      provenance: "decided(S-06)",
      chapter: "framing.md",
      line: 3,
    },
  ]);
});

test("a wrapped rule is one line of text, and a state follows the semicolon", () => {
  const { rules, problems } = parse(
    [
      "- **[auth.floor]** SHOULD: An answer is",
      "  held back. — METHOD-IDS,",
      "  documented; excluded(a timing, and; noisy)",
      "Prose that is not part of it.",
    ].join("\n"),
    "services/auth.md",
  );
  assert.deepEqual(problems, []);
  assert.equal(rules[0]?.text, "An answer is held back.");
  assert.deepEqual(rules[0]?.cites, ["METHOD-IDS"]);
  assert.equal(rules[0]?.state, "excluded(a timing, and; noisy)");
});

test("examples in a fence and references in prose are no rules", () => {
  const { rules, problems } = parse(
    "```markdown\n- **[framing.x]** MUST: X.\n```\n\nSee [framing.y] and **bold** text.\n",
  );
  assert.deepEqual([rules, problems], [[], []]);
});

const GOOD = "- **[framing.x]** MUST: X is Y. — FRAME-001, documented";

const BROKEN: readonly (readonly [bullet: string, problem: RegExp])[] = [
  [GOOD.replace("- ", "* "), /a rule reads/],
  [`  ${GOOD}`, /a rule reads/],
  [GOOD.replace("MUST: ", "MUST "), /a rule reads/],
  [GOOD.replace("MUST", "SHALL"), /level "SHALL"/],
  [GOOD.replace("framing.x", "transport.x"), /\[transport\.x\] belongs into transport\.md/],
  [GOOD.replace("framing.x", "framing.x.y"), /"framing\.x\.y" is not a slug of two/],
  [GOOD.replace("framing.x", "framing.X"), /"framing\.X" is not a slug/],
  [GOOD.replace("framing.x", "framing"), /"framing" is not a slug/],
  [GOOD.replace(" — ", " - "), /has no " — "/],
  [GOOD.replace("X is", "X — is"), /em dash inside its text/],
  [GOOD.replace("Y.", "Y"), /full stop/],
  [GOOD.replace("FRAME-001, ", ""), /cites nothing/],
  [GOOD.replace("FRAME-001", "FRAME-999"), /cites "FRAME-999", which does not exist/],
  [GOOD.replace("FRAME-001", "FRAME-001, C-99"), /cites "C-99"/],
  [GOOD.replace("FRAME-001", "C-17, C-17"), /cites an ID twice/],
  [GOOD.replace("documented", "invented"), /provenance "invented"/],
  [GOOD.replace("documented", "decided(C-99)"), /provenance "decided\(C-99\)"/],
  [GOOD.replace("documented", "decided(FRAME-001)"), /provenance "decided\(FRAME-001\)"/],
  [`${GOOD}; planned(someday)`, /state "planned\(someday\)"/],
  [`${GOOD}; vectors(envelope)`, /state "vectors\(envelope\)"/],
  [`${GOOD}; excluded()`, /state "excluded\(\)"/],
  [`${GOOD}; later`, /state "later"/],
];

for (const [bullet, problem] of BROKEN) {
  test(`a slip is reported with file and line: ${problem.source}`, () => {
    const { rules, problems } = parse(`prose\n${bullet}\n`);
    assert.deepEqual(rules, []);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^framing\.md:2: /);
    assert.match(problems[0] ?? "", problem);
  });
}

test("a slug stands once; the problem names both places", () => {
  const { rules, problems } = parse(`${GOOD}\n\n${GOOD}\n`);
  assert.equal(rules.length, 1);
  assert.deepEqual(problems, ["framing.md:3: [framing.x] stands already at framing.md:1"]);
});

test("a broken rule does not hide the next one", () => {
  const { rules, problems } = parse(`${GOOD.replace("MUST", "SHALL")}\n${GOOD}\n`);
  assert.equal(rules.length, 1);
  assert.equal(problems.length, 1);
});

test("property: what is written as a rule is read back, however it is wrapped", () => {
  const word = fc.stringMatching(/^[a-z0-9`:;,()]+$/);
  const state = fc.option(
    fc.oneof(
      fc.constantFrom(...MILESTONES).map((milestone) => `planned(${milestone})`),
      fc.array(word, { minLength: 1 }).map((words) => `excluded(${words.join(" ")})`),
    ),
    { nil: undefined },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...LEVELS),
      fc.array(word, { minLength: 1 }),
      fc.uniqueArray(fc.constantFrom(...CITABLE), { minLength: 1 }),
      state,
      fc.array(fc.boolean()),
      (level, words, cites, wantedState, breaks) => {
        const tail = wantedState === undefined ? "" : `; ${wantedState}`;
        const text = `${words.join(" ")}.`;
        const bullet = `- **[framing.x]** ${level}: ${text} — ${cites.join(", ")}, documented${tail}`;
        let at = 0;
        // The head of the bullet stays on one line; any later space may become a line break.
        const head = `- **[framing.x]** ${level}: `.length;
        const wrapped = bullet.replaceAll(" ", (space, offset: number) =>
          offset >= head && breaks[at++] ? "\n  " : space,
        );
        const { rules, problems } = parse(wrapped);
        assert.deepEqual(problems, []);
        assert.equal(rules[0]?.text, text);
        assert.deepEqual(rules[0]?.cites, cites);
        assert.equal(rules[0]?.state, wantedState);
      },
    ),
  );
});
