// Writes every vector file from the generators beside it, or checks that the files are fresh:
//   node vectors/generate.ts          writes
//   node vectors/generate.ts --check  writes nothing; exit code 1 names the files that differ

import { readFile, writeFile } from "node:fs/promises";
import { clientAttachment } from "./client/attachment.ts";
import { clientContent } from "./client/content.ts";
import { clientPadding } from "./client/padding.ts";
import { clientRecovery } from "./client/recovery.ts";
import { clientTranscript } from "./client/transcript.ts";
import type { Topic, Vector, VectorFile } from "./format.ts";
import { pushFrames } from "./frames/push.ts";
import { requestFrames } from "./frames/request.ts";
import { responseFrames } from "./frames/response.ts";
import { hybridEnvelope } from "./hybrid/envelope.ts";
import { deliveryProofs } from "./identity/delivery-proofs.ts";
import { safetyNumbers } from "./identity/safety-numbers.ts";
import { ktProofs } from "./kt/proofs.ts";
import { accountMessages } from "./messages/account.ts";
import { authMessages } from "./messages/auth.ts";
import { blobMessages } from "./messages/blob.ts";
import { channelMessages } from "./messages/channel.ts";
import { commonMessages } from "./messages/common.ts";
import { deliveryMessages } from "./messages/delivery.ts";
import { deviceMessages } from "./messages/device.ts";
import { federationMessages } from "./messages/federation.ts";
import { groupMessages } from "./messages/group.ts";
import { healthMessages } from "./messages/health.ts";
import { keysMessages } from "./messages/keys.ts";
import { ktMessages } from "./messages/kt.ts";
import { moderationMessages } from "./messages/moderation.ts";
import { p2pMessages } from "./messages/p2p.ts";
import { pushMessages } from "./messages/push.ts";
import { recoveryMessages } from "./messages/recovery.ts";
import { userMessages } from "./messages/user.ts";
import { mlsGroup } from "./mls/group.ts";
import { opaqueFlow } from "./opaque/flow.ts";

type Generator = () => VectorFile<Vector> | Promise<VectorFile<Vector>>;

/** GENERATORS makes a file that lacks its generator, and the reverse, a type error. */
const GENERATORS: Readonly<Record<Topic, Generator>> = {
  "client/attachment": clientAttachment,
  "client/content": clientContent,
  "client/padding": clientPadding,
  "client/recovery": clientRecovery,
  "client/transcript": clientTranscript,
  "frames/push": pushFrames,
  "frames/request": requestFrames,
  "frames/response": responseFrames,
  "hybrid/envelope": hybridEnvelope,
  "identity/delivery-proofs": deliveryProofs,
  "identity/safety-numbers": safetyNumbers,
  "kt/proofs": ktProofs,
  "messages/account": accountMessages,
  "messages/auth": authMessages,
  "messages/blob": blobMessages,
  "messages/channel": channelMessages,
  "messages/common": commonMessages,
  "messages/delivery": deliveryMessages,
  "messages/device": deviceMessages,
  "messages/federation": federationMessages,
  "messages/group": groupMessages,
  "messages/health": healthMessages,
  "messages/keys": keysMessages,
  "messages/kt": ktMessages,
  "messages/moderation": moderationMessages,
  "messages/p2p": p2pMessages,
  "messages/push": pushMessages,
  "messages/recovery": recoveryMessages,
  "messages/user": userMessages,
  "mls/group": mlsGroup,
  "opaque/flow": opaqueFlow,
};

if (import.meta.main) process.exitCode = await main(process.argv.includes("--check"));

async function main(check: boolean): Promise<number> {
  let stale = 0;
  for (const [topic, generate] of Object.entries(GENERATORS)) {
    const file = new URL(`${topic}.json`, import.meta.url);
    const text = render(await generate());
    const present = await readFile(file, "utf8").catch(() => "");
    if (text === present) continue;
    stale++;
    console.log(`${check ? "stale" : "written"}: vectors/${topic}.json`);
    if (!check) await writeFile(file, text);
  }
  return check && stale > 0 ? 1 : 0;
}

/** render puts a key of a vector on a line, so that a change shows as the lines it concerns. */
function render(file: VectorFile<Vector>): string {
  const vectors = file.vectors.map((vector) => {
    const lines = Object.entries(vector).map(([key, value]) => `${quote(key)}: ${inline(value)}`);
    return `    {\n      ${lines.join(",\n      ")}\n    }`;
  });
  return [
    "{",
    `  "schema": ${quote(file.schema)},`,
    `  "topic": ${quote(file.topic)},`,
    `  "spec": ${quote(file.spec)},`,
    '  "vectors": [',
    vectors.join(",\n"),
    "  ]",
    "}",
    "",
  ].join("\n");
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${quote(key)}: ${inline(inner)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
