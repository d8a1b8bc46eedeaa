// npm run bench -- NAME [--save]: one file per question. Without NAME it lists the questions.
// Exit codes: 0 measured (and above the bar, where there is one), 1 below it, 2 wrong usage.

import { parseArgs } from "node:util";
import { type Outcome, render, save } from "./outcome.ts";

interface Entry {
  readonly question: string;
  readonly load: () => Promise<() => Promise<Outcome>>;
}

// Loaded on demand: the list needs no QUIC.
const BENCHES: Readonly<Record<string, Entry>> = {
  framing: {
    question: "How fast are the three frames encoded and decoded?",
    load: async () => (await import("./framing.ts")).benchFraming,
  },
  protobuf: {
    question: "Is Protobuf faster and smaller than JSON for what a server handles most?",
    load: async () => (await import("./protobuf.ts")).benchProtobuf,
  },
  crypto: {
    question: "How much faster than the reference is the backend of node:crypto?",
    load: async () => (await import("./crypto.ts")).benchCrypto,
  },
  opaque: {
    question: "What do registration and login cost either side, with noble and with serenity?",
    load: async () => (await import("./opaque.ts")).benchOpaque,
  },
  mls: {
    question: "What does a group of 2, 10, 100 and 1,000 members cost a client?",
    load: async () => (await import("./mls.ts")).benchMls,
  },
  rpc: {
    question: "Is a small RPC over our QUIC server as fast as over node:http2?",
    load: async () => (await import("./rpc.ts")).benchRpc,
  },
  enqueue: {
    question: "How many durable Enqueues a second does the server take?",
    load: async () => (await import("./enqueue.ts")).benchEnqueue,
  },
};

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

/** main answers the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let args: { positionals: string[]; values: { save?: boolean } };
  try {
    args = parseArgs({
      args: [...argv],
      options: { save: { type: "boolean" } },
      allowPositionals: true,
    });
  } catch (error) {
    return wrongUsage((error as Error).message);
  }
  const [name, ...more] = args.positionals;
  if (name === undefined) {
    for (const [bench, { question }] of Object.entries(BENCHES)) {
      print(`${bench.padEnd(8)}  ${question}`);
    }
    return 0;
  }
  const entry = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (entry === undefined || more.length > 0) {
    return wrongUsage(`give one of ${Object.keys(BENCHES).join(", ")}`);
  }
  const run = await entry.load();
  const outcome = await run();
  print(render(outcome));
  if (args.values.save) await save(name, outcome);
  return outcome.passed ? 0 : 1;
}

function wrongUsage(why: string): number {
  process.stderr.write(`bench: ${why}\n`);
  return 2;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
