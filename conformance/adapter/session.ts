// An adapter over a whole run: started again after each loss, a bounded number of times.

import { SubjectUnusable } from "../judge/errors.ts";
import type { OpenChannel } from "./channel.ts";
import { createLink, type Link, type Loss } from "./link.ts";
import {
  type Hello,
  helloRequest,
  isDeclared,
  type Json,
  type Reply,
  readHello,
} from "./protocol.ts";

/** Asked is what became of a request; `disturbed` means that another one ended the adapter. */
export type Asked =
  | { readonly id: number; readonly reply: Reply }
  | { readonly id: number; readonly loss: Loss }
  | { readonly id: number; readonly disturbed: true };

export interface Session {
  readonly hello: Hello;
  ask(op: string, args: Json, caseId: string): Promise<Asked>;
  /** begin is ask with the id of the request told at once, and a time limit of its own. */
  begin(op: string, args: Json, caseId: string, ms?: number): Begun;
  /** watch tells of each loss until the function that it answers is called. */
  watch(onLoss: (loss: Loss) => void): () => void;
  /** serially makes all further requests wait for one another. */
  serially(): void;
  /** blamed has what came out about requests after they were answered, by their ids. */
  blamed(): ReadonlyMap<number, Loss>;
  /** suspects were answered just before a loss that nobody else is to blame for with certainty. */
  suspects(): ReadonlySet<number>;
  /** settle waits for one more reply, and answers the loss that came instead. */
  settle(): Promise<Loss | undefined>;
  /** end says bye and answers notes on the whole run. */
  end(): Promise<readonly string[]>;
}

export interface Begun {
  readonly id: number;
  readonly asked: Promise<Asked>;
}

export interface SessionOptions {
  readonly suite: string;
  readonly spec: string;
  /** Time limit of a request, in milliseconds. */
  readonly timeout: number;
  /** How often the adapter is started again; default 20. */
  readonly restarts?: number;
}

const HELLO_MS = 30_000;
const BYE_MS = 5_000;
const MOST_PARALLEL = 32;
const MOST_RESTARTS = 20;

/** openSession starts the adapter. Throws SubjectUnusable when it does not say hello as it must. */
export async function openSession(open: OpenChannel, options: SessionOptions): Promise<Session> {
  const blamed = new Map<number, Loss>();
  const suspects = new Set<number>();
  const watchers = new Set<(loss: Loss) => void>();
  const noise = { count: 0, first: [] as string[] };
  let lastId = 0;
  let starts = 0;
  let isSerial = false;
  let current = start();
  const { hello } = await current;
  const slots = createSlots(Math.min(hello.maxParallel, MOST_PARALLEL));

  async function start(): Promise<{ readonly link: Link; readonly hello: Hello }> {
    starts += 1;
    const channel = await open();
    const onLoss = (loss: Loss) => {
      if (loss.guilty !== undefined) blamed.set(loss.guilty, loss);
      if (loss.suspect !== undefined) suspects.add(loss.suspect);
      for (const tell of watchers) tell(loss);
    };
    const link = createLink(channel, onLoss, () => isSerial);
    const request = helloRequest(options.suite, options.spec);
    const answer = await link.send(++lastId, request, HELLO_MS);
    const said = "loss" in answer ? answer.loss.why : readOk(answer.reply);
    if (typeof said !== "string") return { link, hello: said };
    await link.close(0);
    throw new SubjectUnusable(`hello: ${said}`);
  }

  async function startAgain(link: Link) {
    keepNoise(link);
    await link.close(0);
    return start();
  }

  function keepNoise(link: Link): void {
    noise.count += link.noise().count;
    noise.first.push(...link.noise().first);
  }

  /** living answers a link that works, or the loss when there will be none any more. */
  async function living(): Promise<Link | Loss> {
    const seen = current;
    const { link } = await seen;
    if (link.lost() === undefined) return link;
    if (starts > (options.restarts ?? MOST_RESTARTS)) {
      const why = `given up: the adapter was started ${starts} times`;
      return { verdict: "harness-error", why, guilty: undefined, suspect: undefined };
    }
    // Whoever comes first starts it anew; the others wait for that start.
    if (current === seen) current = startAgain(link);
    return (await current).link;
  }

  async function attempt(id: number, request: Json, ms: number = options.timeout): Promise<Asked> {
    let link: Link | Loss;
    try {
      link = await living();
    } catch (error) {
      const why = `it did not start again: ${(error as Error).message}`;
      return { id, loss: { verdict: "crash", why, guilty: id, suspect: undefined } };
    }
    if ("verdict" in link) return { id, loss: link };
    const answer = await link.send(id, request, ms);
    if ("reply" in answer) return { id, reply: answer.reply };
    return answer.loss.guilty === id ? { id, loss: answer.loss } : { id, disturbed: true };
  }

  function begin(op: string, args: Json, caseId: string, ms?: number): Begun {
    const id = ++lastId;
    if (!isDeclared(hello, op))
      return { id, asked: Promise.resolve({ id, reply: { unsupported: op } }) };
    const request = { op, case: caseId, ...args };
    return { id, asked: slots.run(() => attempt(id, request, ms)) };
  }

  return {
    hello,
    ask: (op, args, caseId) => begin(op, args, caseId).asked,
    begin,
    watch(onLoss) {
      watchers.add(onLoss);
      return () => watchers.delete(onLoss);
    },
    serially() {
      isSerial = true;
      slots.limit(1);
    },
    blamed: () => blamed,
    suspects: () => suspects,
    async settle() {
      const link = await living();
      if ("verdict" in link) return undefined;
      const request = helloRequest(options.suite, options.spec);
      const answer = await link.send(++lastId, request, HELLO_MS);
      return "loss" in answer ? answer.loss : undefined;
    },
    async end() {
      const { link } = await current.catch(() => ({ link: undefined }));
      const notes = starts > 1 ? [`the adapter was started ${starts} times`] : [];
      if (link?.lost() === undefined && link) {
        const answer = await link.send(++lastId, { op: "bye" }, BYE_MS);
        if ("loss" in answer) notes.push(`bye: ${answer.loss.why}`);
        const went = await link.close(BYE_MS);
        if (!went) notes.push("the adapter did not end after bye, and was killed");
      }
      if (link) keepNoise(link);
      if (noise.count > 0) {
        notes.push(`${noise.count} lines on stdout that are no replies: ${noise.first[0]}`);
      }
      return notes;
    },
  };
}

function readOk(reply: Reply): Hello | string {
  return "ok" in reply ? readHello(reply.ok) : `answered with ${JSON.stringify(reply)}`;
}

function createSlots(count: number) {
  let free = count;
  const queue: (() => void)[] = [];
  return {
    limit(next: number) {
      free += next - count;
      count = next;
    },
    async run<T>(work: () => Promise<T>): Promise<T> {
      while (free <= 0) await new Promise<void>((resolve) => queue.push(resolve));
      free -= 1;
      try {
        return await work();
      } finally {
        free += 1;
        queue.shift()?.();
      }
    },
  };
}
