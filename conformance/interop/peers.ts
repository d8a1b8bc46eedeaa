// The implementations that are brought together: what each is built with, and how it is started.

import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { REFERENCE } from "../cli/subject.ts";
import type { Launch } from "../judge/subject.ts";

/** Step is a command that builds something; a tool that is missing leaves its peers out. */
export interface Step {
  readonly tool: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ClientPeer {
  readonly name: string;
  /** Command line of the adapter. */
  readonly command: string;
  readonly build: readonly Step[];
}

export interface ServerPeer {
  readonly name: string;
  readonly command: Launch["command"];
  readonly build: readonly Step[];
  /** The reference is judged by its own tests. */
  readonly isReference: boolean;
}

/** cacheFolder holds what is built; nothing of it is in the repository. */
export function cacheFolder(): string {
  return process.env.QPC_PEER_CACHE ?? join(homedir(), ".cache", "quicprochat");
}

const here = (path: string): string => fileURLToPath(new URL(`../peers/${path}`, import.meta.url));

/** clientPeers and serverPeers are all there are, those that cannot be built here included. */
export function clientPeers(cache = cacheFolder()): readonly ClientPeer[] {
  const python = join(cache, "python", "bin", "python");
  const go = join(cache, "go-adapter");
  const install = ["-q", "-r", here("python/requirements.txt")];
  return [
    {
      name: "typescript",
      command: `exec ${quoted(process.execPath)} ${quoted(here("typescript/adapter.ts"))}`,
      build: [],
    },
    {
      name: "rust",
      command: `exec ${quoted(join(rustTarget(cache), "debug", "qpc-rust-adapter"))}`,
      build: [rustStep(cache)],
    },
    {
      name: "go",
      command: `exec ${quoted(go)}`,
      build: [{ tool: "go", args: ["build", "-o", go, "."], cwd: here("go") }],
    },
    {
      name: "python",
      command: `exec ${quoted(python)} -B ${quoted(here("python/adapter.py"))}`,
      build: [
        { tool: "python3", args: ["-m", "venv", join(cache, "python")], cwd: here("python") },
        { tool: python, args: ["-m", "pip", "install", ...install], cwd: here("python") },
      ],
    },
  ];
}

/** serverPeers: see clientPeers. */
export function serverPeers(cache = cacheFolder()): readonly ServerPeer[] {
  return [
    { name: "reference", command: REFERENCE, build: [], isReference: true },
    {
      name: "rust",
      command: `exec ${quoted(join(rustTarget(cache), "debug", "qpc-rust-server"))}`,
      build: [rustStep(cache)],
      isReference: false,
    },
  ];
}

function rustTarget(cache: string): string {
  return join(cache, "rust-target");
}

function rustStep(cache: string): Step {
  const env = { CARGO_TARGET_DIR: rustTarget(cache) };
  return { tool: "cargo", args: ["build", "--locked", "--quiet"], cwd: here("rust"), env };
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
