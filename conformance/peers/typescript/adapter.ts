// The adapter of this repository's own client code: level 0 of the protocol in
// conformance/adapter/README.md. Replies leave as they are ready, so they may be out of order.

import { createInterface } from "node:readline";
import { clientFormats } from "./client-formats.ts";
import { cryptography } from "./cryptography.ts";
import { toError } from "./errors.ts";
import { frames } from "./frames.ts";
import { identities } from "./identities.ts";
import { messages } from "./messages.ts";
import { mls } from "./mls.ts";
import type { Operations, Request } from "./operations.ts";

/** OPERATIONS by their names; the features are their families. */
export const OPERATIONS: Operations = {
  ...frames,
  ...messages,
  ...cryptography,
  ...identities,
  ...clientFormats,
  ...mls,
  hello: () => ({
    adapter: 1,
    name: "quicprochat",
    version: "0.1.0",
    language: "typescript",
    features: [...new Set(Object.keys(OPERATIONS).map((op) => op.split(".")[0]))].filter(
      (family) => family !== "hello" && family !== "bye",
    ),
    max_parallel: 16,
  }),
  bye: () => {
    process.stdin.destroy();
    return {};
  },
};

async function reply(request: Request): Promise<object> {
  const { id, op } = request;
  const operation = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
  if (operation === undefined) return { id, unsupported: op };
  try {
    return { id, ok: await operation(request) };
  } catch (error) {
    const err = toError(error);
    return err ? { id, err } : { id, crash: String((error as Error).stack) };
  }
}

async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    reply(JSON.parse(line)).then(
      (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
      (error) => process.stderr.write(`${error}\n`),
    );
  }
}

if (import.meta.main) await serve();
