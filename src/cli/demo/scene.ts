// One trick of a lying server: people of its own, the lie, what their clients found, and whether their
// state outlived it.

import type { FaultKind } from "../../client/faults.ts";
import { ClientFault } from "../../client/faults.ts";
import type { Narrator } from "./narrator.ts";
import { enter, type Person } from "./people.ts";
import type { Theatre } from "./theatre.ts";

export interface Trick {
  /** What the server does. */
  readonly title: string;
  /** What the client has to call it. */
  readonly expected: FaultKind;
  /** play answers what was found. It throws when the honest server is not believed afterwards. */
  play(scene: Scene): Promise<readonly ClientFault[]>;
}

export interface Scene {
  readonly theatre: Theatre;
  /** cast registers people, publishes their keys, and lets all of them look up all others. */
  cast<const N extends readonly string[]>(
    ...names: N
  ): Promise<{ readonly [K in keyof N]: Person }>;
  /** newcomer registers one more. */
  newcomer(name: string): Promise<Person>;
  close(): Promise<void>;
}

/** openScene makes people whose names nobody else has. */
export function openScene(theatre: Theatre, narrator: Narrator, suffix: string): Scene {
  const everybody: Person[] = [];
  const newcomer = async (name: string) => {
    const person = await enter(theatre, narrator, `${name}${suffix}`, { kind: "memory" });
    everybody.push(person);
    await person.messenger.register();
    await person.messenger.publishKeys();
    return person;
  };
  return {
    theatre,
    newcomer,
    async cast(...names) {
      const people: Person[] = [];
      for (const name of names) people.push(await newcomer(name));
      for (const one of people) {
        for (const other of people) if (other !== one) await one.messenger.resolve(other.name);
      }
      return people as never;
    },
    async close() {
      await Promise.all(everybody.map((person) => person.leave()));
    },
  };
}

/** caught answers the fault that a call threw. It throws when the call went well, or failed otherwise. */
export async function caught(work: Promise<unknown>): Promise<readonly ClientFault[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ClientFault) return [error];
    throw error;
  }
  return [];
}

/** found answers the faults of a sync. */
export async function found({ messenger }: Person): Promise<readonly ClientFault[]> {
  const { faults } = await messenger.sync();
  return faults.map(({ fault }) => fault);
}
