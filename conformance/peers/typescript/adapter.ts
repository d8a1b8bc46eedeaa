// The adapter of this repository's own client code, of the protocol in
// conformance/adapter/README.md. Replies leave as they are ready, so they may be out of order.

import { enableCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { CONNECTIONS, OFFLINE, USERS } from "./families.ts";
import { closeAll, type Operations, type Request } from "./operations.ts";

const FAMILIES = { ...OFFLINE, ...CONNECTIONS, ...USERS };

/** FEATURES: `call` stands for all operations of connections, but for `cancel`. */
const FEATURES = [...Object.keys(OFFLINE), "call", "cancel", ...Object.keys(USERS)];

const OWN: Operations = {
  hello: () => ({
    adapter: 1,
    name: "quicprochat",
    version: "0.1.0",
    language: "typescript",
    features: FEATURES,
    max_parallel: 32,
  }),
  bye: async () => {
    lines.close();
    await closeAll();
    return {};
  },
};

async function operationOf(op: string): Promise<Operations[string] | undefined> {
  const family = op.split(".")[0] ?? op;
  const load = Object.hasOwn(FAMILIES, family)
    ? FAMILIES[family as keyof typeof FAMILIES]
    : undefined;
  const operations = load ? await load() : OWN;
  return Object.hasOwn(operations, op) ? operations[op] : undefined;
}

async function reply(request: Request): Promise<object> {
  const { id, op } = request;
  const operation = await operationOf(op);
  if (operation === undefined) return { id, unsupported: op };
  try {
    return { id, ok: await operation(request) };
  } catch (error) {
    const { toError } = await import("./errors.ts");
    const err = toError(error);
    return err ? { id, err } : { id, crash: String((error as Error).stack) };
  }
}

function serve(line: string): void {
  reply(JSON.parse(line)).then(
    (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
    (error) => process.stderr.write(`${error}\n`),
  );
}

enableCompileCache();
const lines = createInterface({ input: process.stdin });
lines.on("line", serve);
