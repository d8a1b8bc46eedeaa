// Imports run one way. The table is the rule; a file that leaves it fails here.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What each layer may import beside itself. The longest matching prefix is a file's layer. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/gen": [],
  "src/registry": ["src/gen"],
  "src/wire": ["src/registry"],
  "src/transport": ["src/registry"],
  "src/crypto": ["src/registry"],
  "src/storage": ["src/registry"],
  "src/storage/drivers": ["src/storage", "src/registry"],
  "src/rpc": ["src/registry", "src/wire", "src/transport", "src/gen"],
  "src/services": ["src/registry", "src/gen", "src/rpc", "src/storage", "src/crypto"],
  "src/client": [
    "src/registry",
    "src/gen",
    "src/rpc",
    "src/crypto",
    "src/storage",
    "src/storage/drivers",
  ],
  "src/server": [
    "src/registry",
    "src/gen",
    "src/wire",
    "src/transport",
    "src/crypto",
    "src/storage",
    "src/storage/drivers",
    "src/rpc",
    "src/services",
  ],
  "src/cli": [
    "src/client",
    "src/server",
    "src/registry",
    "src/transport",
    "src/rpc",
    "src/wire",
    "src/gen",
    "src/crypto",
    "src/storage",
    "src/storage/drivers",
  ],
  "conformance/judge": ["src/registry", "src/gen", "src/wire", "src/transport", "src/crypto"],
  "conformance/cases": [
    "conformance/judge",
    "src/registry",
    "src/gen",
    "src/wire",
    "src/transport",
    "src/crypto",
    "vectors",
  ],
  "conformance/broken": [],
  "conformance/adapter": [
    "conformance/hostile",
    "conformance/judge",
    "src/registry",
    "src/gen",
    "src/wire",
    "src/transport",
    "src/crypto",
    "vectors",
  ],
  "conformance/hostile": [
    "conformance/judge",
    "src/registry",
    "src/gen",
    "src/wire",
    "src/transport",
    "src/crypto",
  ],
  "conformance/client": [
    "conformance/hostile",
    "conformance/adapter",
    "conformance/judge",
    "src/registry",
    "src/gen",
    "src/transport",
    "vectors",
  ],
  "conformance/client-cases": [
    "conformance/cases",
    "conformance/client",
    "conformance/hostile",
    "conformance/adapter",
    "conformance/judge",
    "src/registry",
    "src/gen",
    "src/wire",
    "src/transport",
    "src/crypto",
    "vectors",
  ],
  "conformance/broken-clients": [],
  "conformance/pair": [
    "conformance/client",
    "conformance/hostile",
    "conformance/adapter",
    "conformance/judge",
    "conformance/report",
    "src/registry",
    "src/gen",
    "src/wire",
    "src/transport",
    "src/crypto",
    "vectors",
  ],
  "conformance/interop": [
    "conformance/cli",
    "conformance/pair",
    "conformance/client-cases",
    "conformance/client",
    "conformance/adapter",
    "conformance/judge",
    "conformance/report",
    "src/registry",
    "src/transport",
    "src/crypto",
    "vectors",
  ],
  "conformance/report": ["conformance/judge", "src/registry"],
  "conformance/cli": [
    "conformance/adapter",
    "conformance/judge",
    "conformance/cases",
    "conformance/broken",
    "conformance/client",
    "conformance/client-cases",
    "conformance/broken-clients",
    "conformance/pair",
    "conformance/report",
    "src/registry",
    "src/transport",
    "src/crypto",
  ],
  vectors: ["src/crypto"],
};

/** Imports that are forbidden although the layer would allow them. */
const FORBIDDEN: readonly (readonly [from: RegExp, to: RegExp, why: string])[] = [
  [/^src\/(server|services)\//, /^src\/crypto\/opaque\/noble/, "the server answers with serenity"],
  [/^conformance\//, /^src\/crypto\/opaque\/serenity/, "the judge logs in with noble"],
];

const UNCHECKED =
  /\.test\.ts$|\/(suite-)?contract\.ts$|^src\/(storage|services|client)\/contract\/|^conformance\/(broken|broken-clients|crash|peers)\//;

const files = globSync(["src/**/*.ts", "conformance/**/*.ts", "vectors/**/*.ts"], {
  cwd: ROOT,
}).filter((file) => !UNCHECKED.test(file));

test("every import stays within its layer", () => {
  assert.deepEqual(files.flatMap(breaches), []);
  assert.ok(files.length > 50, "the glob finds the sources");
});

test("a breach is found", () => {
  assert.equal(breach("src/wire/frame.ts", "src/rpc/error.ts"), "src/wire may not import src/rpc");
  assert.match(
    breach("src/services/auth.ts", "src/crypto/opaque/noble/client.ts") ?? "",
    /serenity/,
  );
  assert.equal(breach("src/services/auth.ts", "src/storage/stores.ts"), undefined);
});

function breaches(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const imports = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
  return imports.flatMap(([, path = ""]) => {
    const target = relative(ROOT, join(ROOT, dirname(file), path));
    const found = breach(file, target);
    return found ? [`${file}: ${found} (${target})`] : [];
  });
}

function breach(from: string, to: string): string | undefined {
  const forbidden = FORBIDDEN.find(([source, target]) => source.test(from) && target.test(to));
  if (forbidden) return forbidden[2];
  const [source, target] = [layerOf(from), layerOf(to)];
  if (source === undefined || target === undefined || source === target) return undefined;
  return MAY_IMPORT[source]?.includes(target) ? undefined : `${source} may not import ${target}`;
}

function layerOf(file: string): string | undefined {
  const prefixes = Object.keys(MAY_IMPORT).filter((prefix) => file.startsWith(`${prefix}/`));
  return prefixes.sort((a, b) => b.length - a.length)[0];
}
