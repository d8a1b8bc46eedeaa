// The membership that calls have led to, from what they answered.

import type { Operation } from "./plan.ts";

/**
 * Outcome of an operation:
 * - `done`: the call said so
 * - `open`: it will be done later, or was broken off, and may be done or not
 * - `refused`: the member cannot do that now
 */
export type Outcome = "done" | "open" | "refused";

export class Expected {
  readonly #inside: Set<number>;
  /** By member: who has an operation on its membership under way. */
  readonly #open = new Map<number, Set<number>>();

  constructor(inside: readonly number[]) {
    this.#inside = new Set(inside);
  }

  /** inside are the members who should be in the group. */
  get inside(): ReadonlySet<number> {
    return this.#inside;
  }

  /** unknown are the members of whom nobody can tell. */
  get unknown(): ReadonlySet<number> {
    return new Set(this.#open.keys());
  }

  note(operation: Operation, outcome: Outcome): void {
    const moved = movedBy(operation);
    if (moved === undefined || !("actor" in operation) || outcome === "refused") return;
    if (outcome === "open") {
      this.#open.set(moved, new Set([...(this.#open.get(moved) ?? []), operation.actor]));
    } else if (operation.kind === "add") this.#inside.add(moved);
    else this.#inside.delete(moved);
  }

  /** settle takes the view of a member who has nothing under way any more. */
  settle(actor: number, members: readonly number[]): void {
    for (const [moved, actors] of this.#open) {
      // Who leaves is in the group until somebody commits it.
      if (moved === actor || !actors.delete(actor) || actors.size > 0) continue;
      this.#open.delete(moved);
      if (members.includes(moved)) this.#inside.add(moved);
      else this.#inside.delete(moved);
    }
  }
}

/** movedBy is the member whose membership an operation is about. */
export function movedBy(operation: Operation): number | undefined {
  if (operation.kind === "leave") return operation.actor;
  return "target" in operation ? operation.target : undefined;
}
