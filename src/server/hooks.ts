// Hooks of a server under test (S-15): JSON lines on stdin after the ready line, one answer per line
// on stdout.

import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { identityKey } from "./options.ts";

export interface Hooks {
  /** clock.advance {ms}: expires what is due and wakes the waits it concerns. */
  advance(ms: number): void;
  /** restart: ends with a second ready line, which the hook writes itself. */
  restart(): Promise<void>;
  /** limits {rate_per_s, wait_ms …}: changes limits of the running server; throws for one that is none. */
  changeLimits(limits: unknown): void;
  /** drop_push {count}: loses the next pushes. */
  dropPushes(count: number): void;
  /** admin {key: {hex}}: makes an identity key (32 bytes) an administrator's. */
  addAdmin(identityKey: Uint8Array): void;
}

interface HookRequest {
  readonly id?: unknown;
  readonly op?: unknown;
  readonly ms?: unknown;
  readonly count?: unknown;
  readonly key?: { readonly hex?: unknown };
}

/** serveHooks answers hooks until the input ends; the end of input stops nothing (S-14). */
export async function serveHooks(input: Readable, output: Writable, hooks: Hooks): Promise<void> {
  for await (const line of createInterface({ input })) {
    const reply = await answer(line, hooks);
    if (reply) output.write(`${JSON.stringify(reply)}\n`);
  }
}

async function answer(line: string, hooks: Hooks): Promise<object | undefined> {
  const request = parse(line);
  if (request === undefined) return undefined;
  const { id, op, ms, count, ...rest } = request;
  try {
    switch (op) {
      case "clock.advance":
        if (typeof ms !== "number" || !(ms >= 0)) throw new Error("ms is a number of at least 0");
        hooks.advance(ms);
        return { id, ok: {} };
      case "restart":
        await hooks.restart();
        return { id, ok: {} };
      case "limits":
        hooks.changeLimits(rest);
        return { id, ok: {} };
      case "drop_push":
        if (typeof count !== "number" || !(count >= 0)) {
          throw new Error("count is a number of at least 0");
        }
        hooks.dropPushes(count);
        return { id, ok: {} };
      case "admin":
        hooks.addAdmin(identityKey(String(request.key?.hex)));
        return { id, ok: {} };
      default:
        return { id, unsupported: String(op) };
    }
  } catch (error) {
    return { id, err: { class: "local.invalid", msg: (error as Error).message } };
  }
}

// Only an object is a hook; any other line is noise.
function parse(line: string): HookRequest | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
