// Mutants of sealed sender and of delivery proofs.

import type { Mutant } from "./mutant.ts";

const CREDENTIALS = "src/rpc/credentials.ts";
const PROOFS = "src/services/delivery-proofs.ts";
const SERVER = "src/server/server.ts";

export const SEALED_MUTANTS: readonly Mutant[] = [
  {
    id: "delivery.sealed-sender.closed",
    file: CREDENTIALS,
    find: "const sealed = credentials.sealedSender && method.openWithSealedSender;",
    replace: "const sealed = false;",
    kills: [
      "delivery.sealed-sender.no-session",
      "delivery.sealed-sender.message-id",
      "delivery.sealed-sender.rate",
    ],
  },
  {
    id: "delivery.sealed-sender.wrong-token-is-none",
    file: CREDENTIALS,
    find: "return accept(await credentials.sessions(tokenHash), connection, credentials);",
    replace: `const found = await credentials.sessions(tokenHash);
    const isOpen = credentials.sealedSender && method.openWithSealedSender;
    if (found === undefined && isOpen) return { kind: "nobody" };
    return accept(found, connection, credentials);`,
    kills: ["delivery.sealed-sender.refusals"],
  },
  {
    id: "delivery.sealed-sender.every-call-another-sender",
    file: "src/services/posting.ts",
    find: "return sender ?? SEALED;",
    replace: "return sender ?? crypto.getRandomValues(new Uint8Array(20));",
    kills: ["delivery.sealed-sender.message-id"],
  },
  {
    id: "delivery.sealed-sender.no-limit",
    file: "src/rpc/dispatch.ts",
    find: "} else {\n    takeRate(options.hostRate,",
    replace: '} else if (caller.kind === "peer") {\n    takeRate(options.hostRate,',
    kills: ["delivery.sealed-sender.rate"],
  },
  {
    id: "delivery.delivery-proof.always",
    file: SERVER,
    find: "const proofs = config.deliveryProof",
    replace: "const proofs = config.stores",
    kills: ["delivery.delivery-proof.off"],
  },
  {
    id: "delivery.delivery-proof.another-label",
    file: PROOFS,
    find: '"qpc delivery proof v1"',
    replace: '"qpc delivery proof"',
    kills: ["delivery.delivery-proof.verifies"],
  },
  {
    id: "delivery.delivery-proof.key-of-the-process",
    file: SERVER,
    find: 'await stores.serverState.getOrCreate("signing-key", newSigningKey)',
    replace: "newSigningKey()",
    kills: ["delivery.delivery-proof.verifies"],
  },
  {
    id: "delivery.delivery-proof.time-in-seconds",
    file: PROOFS,
    find: "uint64(BigInt(now))",
    replace: "uint64(BigInt(Math.floor(now / 1000)))",
    kills: ["delivery.delivery-proof.verifies"],
  },
];
