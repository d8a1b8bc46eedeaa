// What `qpc demo` prints: numbered steps, and under each what went over the wire, with sizes and epochs.

import { hexOf } from "../../client/bytes.ts";
import type { TraceEvent } from "../../client/messenger/trace.ts";

export interface Narrator {
  /** step begins the next numbered step. */
  step(title: string): void;
  /** tell prints a line of the current step. */
  tell(line: string): void;
  /** trace prints what a person's messenger did. */
  trace(person: string, event: TraceEvent): void;
}

/** createNarrator writes lines through `print`. */
export function createNarrator(print: (line: string) => void): Narrator {
  let steps = 0;
  const tell = (line: string) => print(`    ${line}`);
  return {
    step(title) {
      steps++;
      print(`${steps === 1 ? "" : "\n"}${String(steps).padStart(2)}. ${title}`);
    },
    tell,
    trace(person, event) {
      const line = describe(event);
      if (line !== undefined) tell(`${person.padEnd(6)} ${line}`);
    },
  };
}

function describe(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case "sent": {
      const { what, bytes, recipients, enveloped, anonymous, epoch } = event;
      const to = recipients === 1 ? "one" : `${recipients} (one BatchEnqueue)`;
      const extras = [
        enveloped ? "in a hybrid envelope" : "",
        anonymous ? "without a session" : "",
        epoch === undefined ? "" : `epoch ${epoch}`,
      ];
      return join(`-> ${what}, ${count(bytes)} to ${to}`, extras);
    }
    case "received": {
      const { what, bytes, seq, enveloped, epoch } = event;
      const extras = [
        seq === undefined ? "held before" : `seq ${seq}`,
        enveloped ? "out of a hybrid envelope" : "",
        epoch === undefined ? "" : `epoch ${epoch}`,
      ];
      return join(`<- ${what}, ${count(bytes)}`, extras);
    }
    case "epoch": {
      const { cause, epoch, members, epochAuthenticator } = event;
      const authenticator = short(epochAuthenticator);
      return `== epoch ${epoch} (${cause}), members: ${members}, authenticator ${authenticator}`;
    }
    case "lost":
      return `== the commit of epoch ${event.epoch} came second, and is made anew`;
    case "logged-in":
      return undefined;
  }
}

/** count writes a number of bytes. */
export function count(bytes: number): string {
  return `${bytes.toLocaleString("en")} bytes`;
}

/** short writes the first bytes of something long in hexadecimal. */
export function short(bytes: Uint8Array): string {
  return `${hexOf(bytes.subarray(0, 8))}…`;
}

function join(first: string, others: readonly string[]): string {
  return [first, ...others.filter((part) => part !== "")].join(", ");
}
