// The adapter that the command line names.

import { readAddress } from "../../src/registry/address.ts";
import {
  attachChannel,
  dialChannel,
  listenChannel,
  type OpenChannel,
  stdioChannel,
} from "../adapter/channel.ts";
import { UsageError } from "../judge/errors.ts";
import { quote } from "./running.ts";

export const ADAPTER_FLAGS = {
  command: { type: "string" },
  attach: { type: "string" },
  listen: { type: "string" },
  "dial-out": { type: "boolean", default: false },
} as const;

export const ADAPTER_USAGE = `  --command CMD            a program that speaks the adapter protocol on stdin and stdout
  --command CMD --dial-out one that connects to the address in QPC_RUNNER and speaks it there
  --attach HOST:PORT       one that listens already
  --listen HOST:PORT       one that somebody starts elsewhere, and that connects here`;

interface AdapterFlags {
  readonly command?: string | undefined;
  readonly attach?: string | undefined;
  readonly listen?: string | undefined;
  readonly "dial-out": boolean;
}

/** openAdapter answers how to start it. Throws UsageError. */
export function openAdapter(flags: AdapterFlags): OpenChannel {
  const { command, attach, listen, "dial-out": dialOut } = flags;
  if ([command, attach, listen].filter((one) => one !== undefined).length !== 1) {
    throw new UsageError("give one of --command CMD, --attach HOST:PORT, --listen HOST:PORT");
  }
  if (dialOut && command === undefined) throw new UsageError("--dial-out goes with --command");
  if (command !== undefined) return dialOut ? dialChannel(command) : stdioChannel(command);
  if (attach !== undefined) {
    const { host, port } = addressOf("attach", attach);
    return attachChannel(host, port);
  }
  const { host, port } = addressOf("listen", listen ?? "");
  return listenChannel(host, port, (actual) => {
    process.stderr.write(`waiting for an adapter on ${host}:${actual}\n`);
  });
}

function addressOf(flag: string, text: string) {
  const address = readAddress(text);
  if (address === undefined) throw new UsageError(`--${flag} ${text} is not HOST:PORT`);
  return address;
}

/** describeAdapter is the part of a command line that names it. */
export function describeAdapter(flags: AdapterFlags): string {
  const { command, attach, listen, "dial-out": dialOut } = flags;
  if (attach !== undefined) return `--attach ${attach}`;
  if (command === undefined) return `--listen ${listen}`;
  return `--command ${quote(command)}${dialOut ? " --dial-out" : ""}`;
}
