// The subject that the command line names: a launch, or a running server.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createSelfSigned, toPem } from "../../src/crypto/certificates.ts";
import { readAddress } from "../../src/registry/address.ts";
import { readDeclaration } from "../judge/declaration.ts";
import { Unsupported, UsageError } from "../judge/errors.ts";
import type { Launch, Subject } from "../judge/subject.ts";
import { readCredentials } from "./credentials.ts";

export const SUBJECT_FLAGS = {
  reference: { type: "boolean", default: false },
  command: { type: "string" },
  target: { type: "string" },
  ca: { type: "string" },
  preset: { type: "string" },
  "server-name": { type: "string", default: "localhost" },
} as const;

export interface SubjectFlags {
  readonly reference: boolean;
  readonly command?: string | undefined;
  readonly target?: string | undefined;
  readonly ca?: string | undefined;
  readonly preset?: string | undefined;
  readonly "server-name": string;
}

/** REFERENCE is how the reference server is started, as a process of its own. */
export const REFERENCE: readonly [string, ...string[]] = [
  process.execPath,
  fileURLToPath(new URL("../../src/cli/qpc-server.js", import.meta.url)),
  "--allow-insecure-auth",
];

/** resolveSubject answers a launch or a running subject. Throws UsageError. */
export async function resolveSubject(
  flags: SubjectFlags,
  overrides: Readonly<Record<string, string>>,
): Promise<{ launch: Launch } | { running: Subject }> {
  const given = [flags.reference, flags.command, flags.target].filter(Boolean).length;
  if (given !== 1)
    throw new UsageError("give one of --reference, --command CMD, --target HOST:PORT");
  if (flags.target === undefined) {
    const alpn = overrides.alpn;
    const launch = await launchOf(flags.command ?? REFERENCE);
    return { launch: alpn === undefined ? launch : { ...launch, alpn: [alpn] } };
  }
  return { running: runningSubject(flags.target, flags) };
}

/** launchOf is a launch with a certificate that the judge made and trusts. */
export async function launchOf(
  command: Launch["command"],
  env: Launch["env"] = {},
): Promise<Launch> {
  return { command, env, tls: await createSelfSigned({ algorithm: "P-256" }) };
}

/** describeSubject names the subject in reports. */
export function describeSubject({ reference, command, target }: SubjectFlags): string {
  if (reference) return "reference server";
  return target === undefined ? `command ${command}` : `target ${target}`;
}

function runningSubject(target: string, flags: SubjectFlags): Subject {
  const address = readAddress(target);
  if (address === undefined) throw new UsageError(`--target ${target} is not HOST:PORT`);
  if (flags.ca === undefined)
    throw new UsageError("--target needs --ca FILE, the certificate to trust");
  const preset = flags.preset === undefined ? undefined : readPreset(flags.preset);
  const declaration = preset && readDeclaration(preset);
  return {
    ...address,
    caPem: readCertificate(flags.ca),
    serverName: flags["server-name"],
    declaration,
    limits: declaration?.limits ?? {},
    ...readCredentials(preset ?? {}),
    dataDir: undefined,
    hook: async (op) => {
      throw new Unsupported(`needs the hook ${op}: use --command`);
    },
    federation: undefined,
    kill: async () => {
      throw new Unsupported("needs a server of its own: use --command");
    },
    startAgain: async () => {},
    terminate: () => {},
    exited: () => new Promise(() => {}),
    isAlive: () => true,
    peakMemory: () => undefined,
    stderr: () => "",
    stop: async () => {},
  };
}

function readCertificate(file: string): string {
  try {
    return toPem(readBytes("ca", file), "CERTIFICATE");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--ca ${file}: ${(error as Error).message}`);
  }
}

function readPreset(file: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(readBytes("preset", file)).toString("utf8")));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--preset ${file} is not JSON: ${(error as Error).message}`);
  }
}

function readBytes(flag: string, file: string): Uint8Array {
  if (!existsSync(file)) throw new UsageError(`--${flag} ${file}: there is no such file`);
  return readFileSync(file);
}
