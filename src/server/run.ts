// Runs qpc-server as a process: options in, one server, signals, and for a suite the ready line and
// the hooks.

import { createClock } from "../rpc/clock.ts";
import { openStores } from "../storage/drivers/open.ts";
import { createQuicTransport } from "../transport/quic/quic.ts";
import { declaration, preset } from "./declaration.ts";
import { serveHooks } from "./hooks.ts";
import { createLog, type Log } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import { type RunningServer, startServer } from "./server.ts";
import { readTestConfig, type TestConfig } from "./test-config.ts";
import { loadOrCreateTls, type Tls } from "./tls.ts";

const ALPN = ["qpc"];

/** runServer serves until SIGINT or SIGTERM. It rejects with UsageError, or when it cannot start. */
export async function runServer(options: ServerOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLog(env.RUST_LOG ?? "info");
  const testConfig = env.QPC_TEST_CONFIG;
  if (testConfig !== undefined) return runUnderTest(readTestConfig(testConfig, options), log);
  if (options.printPreset) {
    process.stdout.write(`${JSON.stringify(preset(ALPN[0] as string, options.limits), null, 2)}\n`);
    return;
  }
  if (options.authToken === undefined) log.warn("running without QPC_AUTH_TOKEN");
  const tls = await loadOrCreateTls(options, log);
  const server = await start({ ...options, alpn: ALPN }, tls, createClock(), log);
  log.info({ addr: `${server.host}:${server.port}` }, "accepting QUIC connections");
  await stopSignal();
  log.info("draining");
  await server.stop();
}

async function runUnderTest(config: TestConfig, log: Log): Promise<void> {
  const { certPem, keyPem } = config;
  const tls = certPem && keyPem ? { certPem, keyPem } : await loadOrCreateTls(config, log);
  const clock = createClock();
  let server = await start(config, tls, clock, log);
  announce(server, config);
  let restarting = Promise.resolve();
  const restart = async () => {
    await server.stop();
    server = await start(config, tls, clock, log);
    announce(server, config);
  };
  void serveHooks(process.stdin, process.stdout, {
    advance: clock.advance,
    restart() {
      restarting = restart();
      return restarting;
    },
  });
  await stopSignal();
  await restarting;
  await server.stop();
  process.stdin.destroy(); // an open pipe would keep the process alive
}

interface StartOptions extends ServerOptions {
  readonly alpn: readonly string[];
}

async function start(
  options: StartOptions,
  tls: Tls,
  clock: ReturnType<typeof createClock>,
  log: Log,
): Promise<RunningServer> {
  const { storeBackend: backend, dbPath: path } = options;
  const stores = await openStores(backend === "memory" ? { backend } : { backend, path });
  const { host, port, alpn, limits, authToken: operatorToken } = options;
  const transport = createQuicTransport();
  return startServer({
    transport,
    host,
    port,
    alpn,
    limits,
    operatorToken,
    ...tls,
    stores,
    clock,
    log,
  });
}

function announce({ host, port }: RunningServer, { alpn }: StartOptions): void {
  const ready = { host, port, federation_port: 0, ...declaration(alpn[0] ?? "qpc") };
  process.stdout.write(`${JSON.stringify({ ready })}\n`);
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
