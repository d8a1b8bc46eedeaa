// The adapter that the command line names.

import { readAddress } from "../../src/registry/address.ts";
import { attachChannel, dialChannel, type OpenChannel, stdioChannel } from "../adapter/channel.ts";
import { UsageError } from "../judge/errors.ts";

export const ADAPTER_FLAGS = {
  command: { type: "string" },
  attach: { type: "string" },
  "dial-out": { type: "boolean", default: false },
} as const;

export const ADAPTER_USAGE = `  --command CMD            a program that speaks the adapter protocol on stdin and stdout
  --command CMD --dial-out one that connects to the address in QPC_RUNNER and speaks it there
  --attach HOST:PORT       one that listens already`;

interface AdapterFlags {
  readonly command?: string | undefined;
  readonly attach?: string | undefined;
  readonly "dial-out": boolean;
}

/** openAdapter answers how to start it. Throws UsageError. */
export function openAdapter({ command, attach, "dial-out": dialOut }: AdapterFlags): OpenChannel {
  if ((command === undefined) === (attach === undefined)) {
    throw new UsageError("give one of --command CMD, --attach HOST:PORT");
  }
  if (command !== undefined) return dialOut ? dialChannel(command) : stdioChannel(command);
  const address = readAddress(attach ?? "");
  if (address === undefined) throw new UsageError(`--attach ${attach} is not HOST:PORT`);
  return attachChannel(address.host, address.port);
}

/** describeAdapter is the part of a command line that names it. */
export function describeAdapter({ command, attach, "dial-out": dialOut }: AdapterFlags): string {
  if (command === undefined) return `--attach ${attach}`;
  return `--command '${command.replaceAll("'", `'\\''`)}'${dialOut ? " --dial-out" : ""}`;
}
