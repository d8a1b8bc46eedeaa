// A check of doctor: what it works with, and what it says.

import type { Link } from "./link.ts";
import type { Hello, Json, Reply } from "./protocol.ts";

/** Patient is a life of the adapter under examination, after its hello. */
export interface Patient {
  readonly link: Link;
  readonly hello: Hello;
  /** How long an answer may take, in milliseconds. */
  readonly timeout: number;
  ask(request: Json): Promise<Reply>;
  /** begin is ask with the id of the request told at once. */
  begin(request: Json): { readonly id: number; readonly reply: Promise<Reply> };
}

export interface Check {
  readonly name: string;
  readonly mend: string;
  /** run answers what is wrong, or an empty text, or a reason behind SKIPPED. */
  run(patient: Patient): Promise<string> | string;
}

export const SKIPPED = "not tried: ";
