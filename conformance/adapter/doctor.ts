// Is an adapter sound? Each check has a life of the adapter of its own, so that one fault does not hide
// another, and says how to mend what it found.

import type { OpenChannel } from "./channel.ts";
import { type Check, SKIPPED } from "./check.ts";
import { CONNECTION_CHECKS } from "./doctor-connections.ts";
import { createLink, type Link } from "./link.ts";
import { plansOf, topicsMatching } from "./plan/plans.ts";
import {
  ERROR_CLASSES,
  type Hello,
  helloRequest,
  isDeclared,
  type Json,
  type Reply,
  readHello,
  show,
} from "./protocol.ts";
import type { Step } from "./step.ts";

export interface Finding {
  readonly check: string;
  readonly verdict: "ok" | "wrong" | "note" | "skipped";
  /** What was seen; empty when all is well. */
  readonly found: string;
  /** How to mend it. */
  readonly mend: string;
}

export interface DoctorOptions {
  readonly suite: string;
  readonly spec: string;
  /** Milliseconds an answer may take. */
  readonly timeout: number;
  /** Names of the checks to run beside hello; default: all. */
  readonly only?: readonly string[];
}

/** checkNames are those of all checks, in order. */
export function checkNames(): readonly string[] {
  return CHECKS.map(({ name }) => name);
}

/** examine runs all checks; after a hello that failed there is nothing more to try. */
export async function examine(open: OpenChannel, options: DoctorOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  let hello: Hello | undefined;
  let noise = "";
  const { only } = options;
  for (const check of CHECKS) {
    if (only && check.name !== "hello" && !only.includes(check.name)) continue;
    const channel = await open();
    const link = createLink(channel, noRecord, isAlone);
    const patient = newPatient(link, options);
    const found = await seen(patient, check, hello);
    if (typeof found !== "string") hello = found;
    const { count, first } = link.noise();
    noise ||= count > 0 ? `${count} lines, such as ${first[0]}` : "";
    await link.close(0);
    const { name, mend } = check;
    const text = typeof found === "string" ? found : "";
    const isSkipped = text.startsWith(SKIPPED);
    const verdict = isSkipped ? "skipped" : text === "" ? "ok" : "wrong";
    findings.push({ check: name, verdict, found: text, mend: verdict === "wrong" ? mend : "" });
    if (hello === undefined) return findings;
  }
  const mend = "print what people read to stderr; such lines are only ignored up to a limit";
  const isClean = noise === "";
  findings.push({
    check: "stdout",
    verdict: isClean ? "ok" : "note",
    found: noise,
    mend: isClean ? "" : mend,
  });
  return findings;
}

const noRecord = () => {};
const isAlone = () => true;

const UNKNOWN = { op: "doctor.unknown" };
const LARGEST = 4_194_304;

const CHECKS: readonly Check[] = [
  {
    name: "hello",
    mend: 'answer hello with {"id": the same number, "ok": {"adapter": 1, "name", "version", "language", "features"}} and flush stdout after each line',
    run: () => "",
  },
  {
    name: "unknown operation",
    mend: 'answer an "op" that you do not know with {"id", "unsupported": op}',
    run: async ({ ask }) => {
      const reply = await ask(UNKNOWN);
      return "unsupported" in reply ? "" : `${UNKNOWN.op} was answered with ${show(reply)}`;
    },
  },
  {
    name: "unknown fields",
    mend: "ignore fields of a request that you do not know; later versions add some",
    run: ({ ask, hello }) =>
      withSample(hello, isGood, async (request) => {
        const reply = await ask({ ...request, "x-later": { a: [1, null] } });
        return "ok" in reply ? "" : `${request.op} with one more field: ${show(reply)}`;
      }),
  },
  {
    name: "parallel requests",
    mend: 'answer every request, also those that come before the last reply left; or say "max_parallel": 1',
    run: async ({ ask, hello }) => {
      const count = Math.min(hello.maxParallel, 32);
      const replies = await Promise.all(Array.from({ length: count }, () => ask(UNKNOWN)));
      const other = replies.find((reply) => !("unsupported" in reply));
      return other ? `one of ${count} at once: ${show(other)}` : "";
    },
  },
  {
    name: "long line",
    mend: "read lines of up to 32 MiB (in Go: json.Decoder, not bufio.Scanner; in Python: asyncio limit=)",
    run: async ({ ask }) => {
      const reply = await ask({ ...UNKNOWN, bytes: { hex: "00".repeat(1_048_576) } });
      return "unsupported" in reply ? "" : `a line of 2 MiB: ${show(reply)}`;
    },
  },
  {
    name: "large frame",
    mend: 'take {"fill": N, "byte": B} for bytes, up to a payload of 4 MiB, and answer it as {"sha256", "len"}',
    run: async ({ ask, hello }) => {
      if (!isDeclared(hello, "frame.decode")) return `${SKIPPED}frame is not declared`;
      // Status 0, request 1, and the length.
      const header = { hex: "000000000100400000" };
      const bytes = { parts: [header, { fill: LARGEST, byte: 0 }] };
      const reply = await ask({ op: "frame.decode", kind: "response", bytes });
      return "ok" in reply ? "" : `a response of 4 MiB: ${show(reply)}`;
    },
  },
  {
    name: "error form",
    mend: `answer a refusal with {"id", "err": {"class", "msg"}}, where class is one of ${ERROR_CLASSES.join(" ")}`,
    run: ({ ask, hello }) =>
      withSample(hello, isBad, async (request) => {
        const reply = await ask(request);
        if (!("err" in reply)) return `${request.op} of damaged bytes: ${show(reply)}`;
        const isKnown = (ERROR_CLASSES as readonly string[]).includes(reply.err.class);
        return isKnown ? "" : `${show(reply.err.class)} is no class`;
      }),
  },
  {
    name: "wrong arguments",
    mend: 'answer what fails within the adapter with {"id", "crash": text}, and live on',
    run: ({ ask, hello }) =>
      withSample(hello, isGood, async ({ op }) => {
        const reply = await ask({ op });
        return "ok" in reply ? `${op} without arguments: ${show(reply)}` : "";
      }),
  },
  ...CONNECTION_CHECKS,
  {
    name: "bye",
    mend: 'answer bye with {"id", "ok": {}} and end within 5 s',
    run: async ({ link, ask }) => {
      const reply = await ask({ op: "bye" });
      if (!("ok" in reply)) return `bye: ${show(reply)}`;
      return (await link.close(BYE_MS)) ? "" : "it did not end within 5 s, and was killed";
    },
  },
];

const BYE_MS = 5_000;

class Lost extends Error {}

function newPatient(link: Link, { suite, spec, timeout }: DoctorOptions) {
  let id = 0;
  const begin = (request: Json) => {
    const sent = link.send(++id, request, timeout);
    const reply = sent.then((answer) => {
      if ("loss" in answer) throw new Lost(answer.loss.why);
      return answer.reply;
    });
    reply.catch(() => {}); // one that nobody waits for any more
    return { id, reply };
  };
  const ask = (request: Json): Promise<Reply> => begin(request).reply;
  const greet = async () => {
    const reply = await ask({ ...helloRequest(suite, spec), "x-later": 1 });
    return "ok" in reply ? readHello(reply.ok) : `hello was answered with ${show(reply)}`;
  };
  return { link, timeout, ask, begin, greet };
}

/** seen is what is wrong, an empty text, or for the first check the declaration. */
async function seen(
  { link, greet, ...patient }: ReturnType<typeof newPatient>,
  check: Check,
  known: Hello | undefined,
): Promise<string | Hello> {
  try {
    const hello = await greet();
    if (typeof hello === "string") return hello;
    const found = await check.run({ link, hello, ...patient });
    if (found !== "" || check.name === "bye") return found;
    // One more reply shows that nothing came after the last one that should not.
    if (known !== undefined) await patient.ask(UNKNOWN);
    return link.lost()?.why ?? (known === undefined ? hello : "");
  } catch (error) {
    if (error instanceof Lost) return error.message;
    throw error;
  }
}

const isGood = ({ expect }: Step) => !("err" in expect);
const isBad = ({ expect }: Step) => "err" in expect;

/** withSample takes the first vector of what is declared, frames before all else. */
function withSample(
  hello: Hello,
  fits: (step: Step) => boolean,
  work: (request: Json) => Promise<string>,
): Promise<string> | string {
  const topics = [...topicsMatching(["frames/*"]), ...topicsMatching([])];
  for (const plan of plansOf(topics)) {
    const [step] = plan.steps();
    if (step && fits(step) && isDeclared(hello, step.op)) {
      return work({ op: step.op, case: plan.id, ...step.args });
    }
  }
  return `${SKIPPED}nothing that is declared has such a vector`;
}
