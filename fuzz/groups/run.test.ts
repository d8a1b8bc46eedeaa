// A small group over memory: it passes, and it does not when the server lies to one of its members.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ENVELOPE_VERSION } from "../../src/crypto/hybrid/envelope.ts";
import { createMls, type Mls } from "../../src/crypto/mls/mls.ts";
import type { Envelope } from "../../src/gen/qpc/v1/delivery_pb.ts";
import { DeliveryService } from "../../src/gen/qpc/v1/methods_pb.ts";
import { methodOf } from "../../src/registry/methods.ts";
import { memoryDisk } from "./disk.ts";
import { type RunResult, run } from "./run.ts";
import { type Site, startInMemory } from "./site.ts";
import { hashOf } from "./wiretap.ts";

const SMALL = { seed: 2, members: 3, operations: 30 };
const TINY = { seed: 2, members: 3, operations: 12 };
const { fetch } = DeliveryService.method;

const folders: string[] = [];
let mls: Mls;
before(async () => {
  mls = await createMls();
});
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

test("a small group agrees, a crash and a restart of the server included", async () => {
  const { findings, summary } = await runSmall((site) => site);
  assert.deepEqual(findings, []);
  const { epochs, texts, read, restarts, tries } = summary;
  assert.ok(epochs > 5 && texts > 5 && read > 5 && tries > 0, JSON.stringify(summary));
  assert.equal(restarts, 2);
});

test("commits that the server keeps from one member are noticed", async () => {
  const { findings } = await runSmall((site) => withholding(site, "commit"), TINY);
  assert.ok(findings.length > 0);
  for (const { check } of findings) assert.match(check, /^(agreement|epochs|rest)$/);
});

test("texts that the server keeps from one member are noticed", async () => {
  const { findings } = await runSmall((site) => withholding(site, "application"), TINY);
  assert.deepEqual(new Set(findings.map(({ check }) => check)), new Set(["delivery"]));
});

async function runSmall(change: (site: Site) => Site, plan = SMALL): Promise<RunResult> {
  const folder = mkdtempSync(join(tmpdir(), "qpc-groups-test-"));
  folders.push(folder);
  const site = await startInMemory(folder);
  try {
    return await run({ ...plan, site: change(site), newDisk: memoryDisk });
  } finally {
    await site.stop();
  }
}

/** withholding keeps all envelopes of a kind from one member, the first who is to get one from another. */
function withholding(site: Site, kind: "application" | "commit"): Site {
  let victim: string | undefined;
  const passes = ({ data }: Envelope, recipient: string) => {
    if (contentOf(data) !== kind) return true;
    victim ??= recipient;
    return recipient !== victim;
  };
  return {
    ...site,
    async connect() {
      const server = await site.connect();
      const { caller } = server;
      const call: typeof caller.call = async (methodId, request, signal) => {
        const reply = await caller.call(methodId, request, signal);
        if (methodId !== methodOf(fetch).id) return reply;
        const answer = fromBinary(fetch.output, reply.payload);
        const { recipientKey, channelId } = fromBinary(fetch.input, request);
        if (channelId.length === 0) return reply;
        const recipient = hashOf(recipientKey);
        const payloads = answer.payloads.filter((one) => passes(one, recipient));
        return { ...reply, payload: toBinary(fetch.output, { ...answer, payloads }) };
      };
      return { ...server, caller: { ...caller, call } };
    },
  };
}

/** On the channel of a group, what is sealed for one recipient is an application message. */
function contentOf(data: Uint8Array): string | undefined {
  if (data[0] === ENVELOPE_VERSION) return "application";
  const peeked = mls.peek(data);
  return peeked.kind === "private" ? peeked.content : undefined;
}
