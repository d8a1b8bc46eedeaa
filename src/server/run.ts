// Runs qpc-server as a process: options in, one server, signals, and for a suite the ready line and
// the hooks.

import { join } from "node:path";
import { createClock } from "../rpc/clock.ts";
import { keyOf } from "../rpc/connection.ts";
import { openStores } from "../storage/drivers/open.ts";
import { createQuicTransport } from "../transport/quic/quic.ts";
import { declaration, preset, type Readings, readingsOf } from "./declaration.ts";
import type { FederationConfig } from "./federation.ts";
import { loadFederation } from "./federation-config.ts";
import { serveHooks } from "./hooks.ts";
import { createLog, type Log } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import { type RunningServer, startServer } from "./server.ts";
import { readLimits, readTestConfig, type TestConfig } from "./test-config.ts";
import { loadOrCreateTls, type Tls } from "./tls.ts";

const ALPN = ["qpc"];

/** runServer serves until SIGINT or SIGTERM. It rejects with UsageError, or when it cannot start. */
export async function runServer(options: ServerOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLog(env.RUST_LOG ?? "info");
  const testConfig = env.QPC_TEST_CONFIG;
  if (testConfig !== undefined) return runUnderTest(readTestConfig(testConfig, options), log);
  const readings = readingsOf({
    "sealed-sender": options.sealedSender ? "on" : "off",
    "delivery-proof": options.deliveryProof ? "on" : "off",
    federation: switchOf(options.federation),
  });
  if (options.printPreset) {
    const declared = preset(ALPN[0] as string, options.limits, readings);
    process.stdout.write(`${JSON.stringify(declared, null, 2)}\n`);
    return;
  }
  if (options.authToken === undefined) log.warn("running without QPC_AUTH_TOKEN");
  const tls = await loadOrCreateTls(options, log);
  const settings = {
    ...options,
    federation: options.federation && (await loadFederation(options.federation)),
    alpn: ALPN,
    admins: new Set(options.admins.map(keyOf)),
    readings,
  };
  const server = await start(settings, tls, createClock(), log);
  log.info({ addr: `${server.host}:${server.port}` }, "accepting QUIC connections");
  await stopSignal();
  log.info("draining");
  await server.stop();
}

async function runUnderTest(testConfig: TestConfig, log: Log): Promise<void> {
  const { certPem, keyPem } = testConfig;
  const config: StartOptions = {
    ...testConfig,
    admins: new Set(testConfig.admins.map(keyOf)),
    readings: readingsOf({ ...testConfig.profile, federation: switchOf(testConfig.federation) }),
  };
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
    changeLimits: (given) => Object.assign(config.limits, readLimits(given, config.limits)),
    dropPushes: (count) => server.dropPushes(count),
    addAdmin: (key) => config.admins.add(keyOf(key)),
  });
  await stopSignal();
  await restarting;
  await server.stop();
  process.stdin.destroy(); // an open pipe would keep the process alive
}

interface StartOptions extends Omit<ServerOptions, "federation" | "admins"> {
  readonly alpn: readonly string[];
  readonly federation: FederationConfig | undefined;
  /** Identity keys of the administrators, as keyOf spells them; a hook adds to them. */
  readonly admins: Set<string>;
  readonly readings: Readings;
  /** Families that a suite asked to leave out. */
  readonly without?: readonly string[];
}

async function start(
  options: StartOptions,
  tls: Tls,
  clock: ReturnType<typeof createClock>,
  log: Log,
): Promise<RunningServer> {
  const { storeBackend: backend, dbPath: path } = options;
  const blobs = join(options.dataDir, "blobs");
  const stores = await openStores(backend === "memory" ? { backend } : { backend, path, blobs });
  const { host, port, alpn, limits, authToken: operatorToken } = options;
  const transport = createQuicTransport();
  return startServer({
    transport,
    host,
    port,
    alpn,
    limits,
    operatorToken,
    admins: options.admins,
    sealedSender: options.readings["sealed-sender"] === "on",
    deliveryProof: options.readings["delivery-proof"] === "on",
    without: options.without ?? [],
    federation: options.federation,
    ...tls,
    stores,
    clock,
    log,
  });
}

function announce({ host, port, federationPort }: RunningServer, options: StartOptions): void {
  const { alpn, readings, without } = options;
  const declared = declaration(alpn[0] ?? "qpc", readings, without);
  const ready = { host, port, federation_port: federationPort, ...declared };
  process.stdout.write(`${JSON.stringify({ ready })}\n`);
}

function switchOf(config: object | undefined): "on" | "off" {
  return config === undefined ? "off" : "on";
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
