// Health over our QUIC server beside the same call over node:http2, TLS 1.3 on both, a server and a
// client process each. Rounds are interleaved and compared in pairs: the machine is never quiet, but
// what disturbs one round of a pair mostly disturbs the other.

import { createTls, startReference } from "../conformance/crash/reference.ts";
import type { CertifiedKey } from "../src/crypto/certificates.ts";
import { createDataDir } from "./data-dir.ts";
import { median, type Outcome, quantile, type Row } from "./outcome.ts";
import type { Endpoint } from "./rpc/calls.ts";
import type { Order } from "./rpc/client.ts";
import type { Load } from "./rpc/load.ts";
import { type BenchProcess, startProcess } from "./rpc/process.ts";

const ROUNDS = 7;
const ROUND_MS = 1_500;
const WARM_UP_MS = 1_500;
const IN_FLIGHT = 64;

/** The bar: at 64 calls in flight we are no slower than HTTP/2. */
const BAR = 1;

/** benchRpc answers calls per second of each round, latencies, and the median of the ratios. */
export async function benchRpc(): Promise<Outcome> {
  await using stack = new AsyncDisposableStack();
  const tls = await createTls();
  const qpc = await startClient(stack, await startQpc(stack, tls));
  const http2 = await startClient(stack, await startHttp2(stack, tls));
  await measure(qpc, { inFlight: IN_FLIGHT, ms: WARM_UP_MS });
  await measure(http2, { inFlight: IN_FLIGHT, ms: WARM_UP_MS });

  const loaded = await interleave(qpc, http2, IN_FLIGHT);
  const ratios = loaded.map(([ours, theirs]) => ours.perSecond / theirs.perSecond);
  const single = await interleave(qpc, http2, 1);
  const ratio = median(ratios);

  const rounds = loaded.map(
    ([ours, theirs], index): Row => [
      `round ${index + 1}`,
      Math.round(ours.perSecond),
      Math.round(theirs.perSecond),
      ratios[index] ?? 0,
    ],
  );
  const latency = (label: string, q: number): Row => {
    const [ours, theirs] = [0, 1].map((side) =>
      quantile(
        single.flatMap((pair) => pair[side]?.latencies ?? []),
        q,
      ),
    ) as [number, number];
    return [label, ours, theirs, theirs / ours];
  };
  return {
    columns: ["", "qpc", "http2", "qpc : http2"],
    rows: [...rounds, latency("p50 ms at 1", 0.5), latency("p99 ms at 1", 0.99)],
    findings: [
      `RPC/s at ${IN_FLIGHT} in flight in ${ROUNDS} rounds, then the latency at 1 in flight.`,
      `median ratio at ${IN_FLIGHT} in flight: ${ratio.toFixed(2)} (bar: ${BAR.toFixed(2)})`,
    ],
    passed: ratio >= BAR,
  };
}

type Pair = readonly [qpc: Load, http2: Load];

/** interleave lets the sides take turns, and alternates which one goes first. */
async function interleave(qpc: BenchProcess, http2: BenchProcess, inFlight: number) {
  const pairs: Pair[] = [];
  const ms = inFlight === 1 ? ROUND_MS / 3 : ROUND_MS;
  for (let round = 0; round < ROUNDS; round++) {
    const order: Order = { inFlight, ms };
    if (round % 2 === 0) {
      const ours = await measure(qpc, order);
      pairs.push([ours, await measure(http2, order)]);
    } else {
      const theirs = await measure(http2, order);
      pairs.push([await measure(qpc, order), theirs]);
    }
  }
  return pairs;
}

async function startQpc(stack: AsyncDisposableStack, tls: CertifiedKey): Promise<Endpoint> {
  const server = await startReference(await createDataDir(stack), tls);
  stack.defer(server.stop);
  return { side: "qpc", port: server.port, caPem: tls.certPem };
}

async function startHttp2(stack: AsyncDisposableStack, tls: CertifiedKey): Promise<Endpoint> {
  const server = startProcess("http2-server.ts");
  stack.defer(server.stop);
  const { certPem, keyPem } = tls;
  const { port } = await server.ask<{ port: number }>({ certPem, keyPem });
  return { side: "http2", port, caPem: certPem };
}

async function startClient(stack: AsyncDisposableStack, endpoint: Endpoint): Promise<BenchProcess> {
  const client = startProcess("client.ts");
  stack.defer(client.stop);
  await client.ask(endpoint);
  return client;
}

function measure(client: BenchProcess, order: Order): Promise<Load> {
  return client.ask<Load>(order);
}
