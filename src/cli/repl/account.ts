// Commands about the own account.

import { hexOf } from "../../client/bytes.ts";
import { createClient } from "../../client/client.ts";
import { keyFingerprint } from "../../crypto/identity/fingerprint.ts";
import { AccountService } from "../../gen/qpc/v1/methods_pb.ts";
import { UsageError } from "../../server/options.ts";
import { devices, setUp } from "../talk/account.ts";
import type { Repl, ReplCommand } from "./command.ts";

/** ACCOUNT_COMMANDS are about this account and its devices. */
export const ACCOUNT_COMMANDS: readonly ReplCommand[] = [
  { names: ["/whoami"], operands: [], help: "your name, key and store", run: whoAmI },
  {
    names: ["/devices"],
    operands: ["list|add|rm", "[NAME or ID…]"],
    help: "the devices of the account",
    run: (repl, [action = "", operand]) => devices(repl, action, operand),
  },
  {
    names: ["/recovery"],
    operands: ["setup"],
    help: "make recovery codes; those from before are over",
    run: (repl, [action]) => {
      if (action !== "setup")
        throw new UsageError("usage: /recovery setup; `qpc recovery restore` uses a code");
      return setUp(repl, repl.password);
    },
  },
  {
    names: ["/delete-account"],
    operands: [],
    help: "delete the account at the server, for good",
    run: deleteAccount,
  },
  {
    names: ["/quit"],
    operands: [],
    help: "end",
    run: (repl) => {
      repl.isOver = true;
    },
  },
];

async function whoAmI({ messenger, storeFile, print }: Repl): Promise<void> {
  // Also reads the account again, which becomes a device beside the messenger.
  const conversations = await messenger.conversations();
  const { username, identityKey, deviceId } = messenger.account;
  print(`${username}: identity key ${hexOf(identityKey)}`);
  print(`fingerprint ${keyFingerprint(identityKey)}`);
  print(deviceId ? `device ${hexOf(deviceId)}` : "this store is no device of the account");
  const current = conversations.filter(({ left }) => !left);
  const groups = current.filter(({ kind }) => kind === "group").length;
  print(`conversations of two: ${current.length - groups}, groups: ${groups}; store ${storeFile}`);
}

/** Asked for before, as ACCOUNT-004 has it, and by a word that nobody types by mistake. */
async function deleteAccount(repl: Repl): Promise<void> {
  const { username } = repl.messenger.account;
  repl.print("this deletes the account at the server for good; what is in the store stays");
  const answer = await repl.ask(`type ${username} to delete it: `);
  if (answer?.trim() !== username) return repl.print("nothing was deleted");
  await createClient(AccountService, repl.messenger.session.caller).deleteAccount({});
  repl.isOver = true;
  repl.print(`the account ${username} is deleted; ${repl.storeFile} keeps its history`);
}
