// The files themselves: fresh, well-formed, unambiguous, and about rules that exist.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { RULES } from "../src/registry/rules.ts";
import type { Rule } from "../src/registry/spec-parser.ts";
import { join, materialise, sizeOf } from "./bytes.ts";
import { loadVectors, TOPICS } from "./load.ts";
import { checkSchema } from "./schema/check.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What a generator may use of src/: primitives, or what published vectors check. */
const PRIMITIVES = /^crypto\/backend\/noble\.ts$/;
const JUDGED_ELSEWHERE: Readonly<Record<string, RegExp>> = {
  opaque: /^crypto\/opaque\//,
  mls: /^crypto\/(mls|backend)\//,
};

describe("vector files", () => {
  it("are what the generators make, byte for byte", () => {
    const command = ["vectors/generate.ts", "--check"];
    const output = execFileSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
    assert.equal(output, "");
  });

  it("are made without the code they judge", () => {
    for (const file of globSync("vectors/{.,*}/*.ts", { cwd: ROOT })) {
      const folder = file.split("/").at(-2) ?? "";
      if (file.endsWith(".test.ts") || folder === "external") continue;
      const source = readFileSync(`${ROOT}${file}`, "utf8");
      const imports = [...source.matchAll(/from "(?:\.\.\/)+src\/([^"]*)"/g)].map(
        ([, path = ""]) => path,
      );
      const mayImport = JUDGED_ELSEWHERE[folder] ?? PRIMITIVES;
      assert.deepEqual(
        imports.filter((path) => !mayImport.test(path)),
        [],
        file,
      );
    }
  });

  it("are all listed", () => {
    const found = globSync("vectors/!(schema|external)/*.json", { cwd: ROOT });
    const topics = found.map((file) => file.replace(/^vectors\/(.*)\.json$/, "$1"));
    assert.deepEqual(topics.sort(), [...TOPICS]);
  });

  for (const topic of TOPICS) {
    it(`${topic} fits its schema`, () => {
      const file = loadVectors(topic);
      assert.equal(file.topic, topic);
      assert.deepEqual(checkSchema(file.schema.replace("schema/", ""), file), []);
    });
  }

  it("use an id once, and no bytes twice for one purpose", () => {
    const ids = allVectors().map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const topic of TOPICS) {
      const seen = new Map<string, string>();
      for (const vector of loadVectors(topic).vectors) {
        const { id, rule: _rule, comment: _comment, ...rest } = vector;
        const key = JSON.stringify(rest);
        assert.equal(seen.get(key), undefined, `${id} says what ${seen.get(key)} says`);
        seen.set(key, id);
      }
    }
  });

  it("test rules of the specification", () => {
    const chapters = globSync("spec/**/*.md", { cwd: ROOT });
    const text = chapters.map((file) => readFileSync(`${ROOT}${file}`, "utf8")).join("\n");
    const rules = new Set(
      [...text.matchAll(/^- \*\*\[([a-z0-9.-]+)\]\*\*/gm)].map(([, slug]) => slug),
    );
    const unknown = new Set(
      allVectors()
        .map(({ rule }) => rule)
        .filter((rule) => !rules.has(rule)),
    );
    assert.deepEqual([...unknown], []);
  });

  it("prove the rules that say so", () => {
    const claims = Object.entries<Rule>(RULES).flatMap(([slug, { state = "" }]) => {
      const topic = /^vectors\((.+)\)$/.exec(state)?.[1];
      return topic === undefined ? [] : [`${slug} by ${topic}`];
    });
    const proofs = new Set(
      TOPICS.flatMap((topic) =>
        loadVectors(topic).vectors.map(({ rule }) => `${rule} by ${topic}`),
      ),
    );
    assert.deepEqual(
      claims.filter((claim) => !proofs.has(claim)),
      [],
    );
  });

  it("keep frames of 4 MiB at a few characters", () => {
    const [large] = loadVectors("frames/request").vectors.filter(({ id }) =>
      id.endsWith("payload-at-limit"),
    );
    assert.ok(large);
    assert.ok(JSON.stringify(large).length < 1000);
    assert.equal(sizeOf(large.bytes), 10 + 4_194_304);
    assert.equal(materialise(large.bytes).length, 10 + 4_194_304);
  });
});

describe("bytes", () => {
  it("have three forms", () => {
    assert.deepEqual(materialise({ hex: "00ff" }), Uint8Array.of(0, 255));
    assert.deepEqual(materialise({ fill: 3, byte: 7 }), Uint8Array.of(7, 7, 7));
    const parts = { parts: [{ hex: "01" }, { fill: 2, byte: 0 }, { hex: "02" }] };
    assert.deepEqual(materialise(parts), Uint8Array.of(1, 0, 0, 2));
    assert.equal(sizeOf(parts), 4);
  });

  it("join in the shortest form", () => {
    assert.deepEqual(join({ hex: "01" }, { hex: "" }, { hex: "02" }), { hex: "0102" });
    assert.deepEqual(join(), { hex: "" });
    const parts = [{ hex: "01" }, { fill: 2, byte: 0 }];
    assert.deepEqual(join({ parts }, { fill: 0, byte: 9 }), { parts });
  });
});

describe("the schema checker", () => {
  const [good] = loadVectors("frames/push").vectors;

  it("finds what is missing, unknown, of a wrong type, or contradicts itself", () => {
    assert.ok(good);
    const file = (vector: object) => ({ ...loadVectors("frames/push"), vectors: [vector] });
    const wrong: [object, RegExp][] = [
      [{ ...good, comment: undefined }, /comment is no string/],
      [{ ...good, note: "" }, /has note/],
      [{ ...good, id: "frames.push" }, /does not match/],
      [{ ...good, bytes: { hex: "0" } }, /does not match/],
      [{ ...good, bytes: { hex: "00", fill: 1, byte: 0 } }, /fits 0 alternatives/],
      [{ ...good, stage: "header" }, /fits 0 alternatives/],
      [{ ...good, expect: "reject" }, /fits 0 alternatives/],
      [{ ...good, decoded: { ...good.decoded, event_type: 65_536 } }, /> 65535/],
      [{ ...good, decoded: { ...good.decoded, event_type: -1 } }, /< 0/],
    ];
    for (const [vector, expected] of wrong) {
      assert.match(checkSchema("frames.schema.json", file(vector)).join("\n"), expected);
    }
    const { rule: _rule, ...lacking } = good;
    assert.match(checkSchema("frames.schema.json", file(lacking)).join("\n"), /lacks rule/);
    const empty = { ...loadVectors("frames/push"), vectors: [] };
    assert.match(checkSchema("frames.schema.json", empty).join("\n"), /fewer than 1/);
    assert.deepEqual(checkSchema("frames.schema.json", file(good)), []);
  });
});

function allVectors() {
  return TOPICS.flatMap((topic) => [...loadVectors(topic).vectors]);
}
