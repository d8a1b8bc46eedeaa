// Commands about other people.

import { UsageError } from "../../server/options.ts";
import { namesIn } from "../talk/groups.ts";
import { fetchKey, verify } from "../talk/people.ts";
import type { Repl, ReplCommand } from "./command.ts";

/** PEOPLE_COMMANDS are about trust. */
export const PEOPLE_COMMANDS: readonly ReplCommand[] = [
  {
    names: ["/verify"],
    operands: ["USER", "[yes]"],
    help: "the safety number to compare; with yes: it agrees",
    run: (repl, [user = "", answer]) => {
      if (answer !== undefined && answer !== "yes")
        throw new UsageError("usage: /verify USER [yes]");
      return verify(repl, nameIn(user), answer === "yes");
    },
  },
  {
    names: ["/accept"],
    operands: ["USER", "KEY"],
    help: "take the new key of a user whose key has changed",
    run: (repl, [user = "", key = ""]) => {
      if (!/^[0-9a-f]{64}$/i.test(key))
        throw new UsageError("KEY is the new identity key, 64 hexadecimal digits");
      return fetchKey(repl, nameIn(user), Uint8Array.from(Buffer.from(key, "hex")));
    },
  },
  {
    names: ["/block"],
    operands: ["USER"],
    help: "show nothing that this user sends; nobody learns of it",
    run: (repl, [user = ""]) => block(repl, nameIn(user)),
  },
  {
    names: ["/unblock"],
    operands: ["USER"],
    help: "show what this user sends from now on",
    run: async ({ messenger, print }, [user = ""]) => {
      await messenger.unblock(nameIn(user));
      print(`${nameIn(user)} is not blocked any more`);
    },
  },
];

async function block({ messenger, print }: Repl, username: string): Promise<void> {
  const isKnown = (await messenger.contacts()).some((contact) => contact.username === username);
  if (!isKnown) await messenger.resolve(username);
  await messenger.block(username);
  print(`${username} is blocked`);
}

function nameIn(user: string): string {
  return namesIn(user)[0] ?? "";
}
