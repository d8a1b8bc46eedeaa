// The reference server as a process that may be killed and started again on the same data.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type CertifiedKey, createSelfSigned } from "../../src/crypto/certificates.ts";

export interface Reference {
  readonly port: number;
  /** kill sends SIGKILL and waits for the end. */
  kill(): Promise<void>;
  /** stop sends SIGTERM and waits until the server has drained. */
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("../../src/cli/qpc-server.js", import.meta.url));

/** databaseOf is the SQLite file of a server with this data directory. */
export function databaseOf(dataDir: string): string {
  return join(dataDir, "qpc.db");
}

/** createTls makes the certificate that one run uses for all its servers. */
export function createTls(): Promise<CertifiedKey> {
  return createSelfSigned({ algorithm: "P-256" });
}

/** startReference starts a server without rate limits. It rejects when the process ends before it is ready. */
export async function startReference(dataDir: string, tls: CertifiedKey): Promise<Reference> {
  const config = {
    listen: "127.0.0.1:0",
    cert_pem: tls.certPem,
    key_pem: tls.keyPem,
    data_dir: dataDir,
    limits: { rate_per_s: 0, idle_ms: 0 },
  };
  const child = spawn(process.execPath, [PROGRAM, "--allow-insecure-auth"], {
    env: { ...process.env, QPC_TEST_CONFIG: JSON.stringify(config) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const died = ended.then(([code, signal]) => {
    throw new Error(`the server ended with ${signal ?? `exit code ${code}`}: ${said.trim()}`);
  });
  died.catch(() => {});
  const port = await Promise.race([readPort(createInterface({ input: child.stdout })), died]);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { port, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
}

async function readPort(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const { ready } = JSON.parse(line) as { ready?: { port: number } };
    if (ready) return ready.port;
  }
  throw new Error("the server closed its output before it was ready");
}
