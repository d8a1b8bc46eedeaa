// The two backends of src/crypto/backend side by side, and the hybrid envelope on both.

import type { CryptoBackend } from "../src/crypto/backend/backend.ts";
import { nobleBackend } from "../src/crypto/backend/noble.ts";
import { nodeBackend } from "../src/crypto/backend/node.ts";
import { openEnvelope, sealEnvelope } from "../src/crypto/hybrid/envelope.ts";
import { hybridPublicKey, newHybridKey } from "../src/crypto/hybrid/keys.ts";
import { type Call, duel } from "./measure.ts";
import type { Outcome, Row } from "./outcome.ts";

const SLICE = { ms: 60 };

/** benchCrypto answers microseconds per call; the backends take turns. */
export async function benchCrypto(): Promise<Outcome> {
  const noble = operations(nobleBackend);
  const node = operations(nodeBackend);
  const rows: Row[] = [];
  for (const [name, call] of Object.entries(noble)) {
    const other = node[name];
    if (other === undefined) throw new Error(`the other backend has no ${name}`);
    const { first, second, ratio } = await duel(call, other, SLICE);
    rows.push([name, first / 1000, second / 1000, ratio]);
  }
  return {
    columns: ["µs per call", "noble", "node", "noble : node"],
    rows,
    findings: ["Medians of interleaved rounds. node:crypto imports the keys with every call."],
    passed: true,
  };
}

function operations(backend: CryptoBackend): Readonly<Record<string, Call>> {
  const { ed25519, x25519, mlKem768, chacha20Poly1305 } = backend;
  const [key, peer, nonce] = [bytes(32, 1), bytes(32, 2), bytes(12, 3)];
  const [message, payload, large] = [bytes(128, 4), bytes(1024, 5), bytes(65_536, 6)];

  const verifyKey = ed25519.publicKey(key);
  const signature = ed25519.sign(key, message);
  const peerKey = x25519.publicKey(peer);
  const seed = bytes(64, 7);
  const encapsulationKey = mlKem768.keygen(seed);
  const { ciphertext } = mlKem768.encapsulate(encapsulationKey);
  const aead = { key, nonce, aad: new Uint8Array(0) };
  const boxes = {
    small: chacha20Poly1305.seal(aead, payload),
    large: chacha20Poly1305.seal(aead, large),
  };
  const hybridKey = newHybridKey(backend);
  const hybridPublic = hybridPublicKey(hybridKey, backend);
  const envelope = sealEnvelope(hybridPublic, payload, { backend });

  return {
    "Ed25519, public key": () => ed25519.publicKey(key),
    "Ed25519, sign 128 B": () => ed25519.sign(key, message),
    "Ed25519, verify 128 B": () => ed25519.verify(verifyKey, message, signature),
    "X25519, public key": () => x25519.publicKey(key),
    "X25519, shared secret": () => x25519.sharedSecret(key, peerKey),
    "ML-KEM-768, key from seed": () => mlKem768.keygen(seed),
    "ML-KEM-768, encapsulate": () => mlKem768.encapsulate(encapsulationKey),
    "ML-KEM-768, decapsulate": () => mlKem768.decapsulate(ciphertext, seed),
    "HKDF-SHA256, 32 B": () => backend.hkdfSha256({ ikm: key, info: message, length: 32 }),
    "SHA-256, 64 KiB": () => backend.sha256(large),
    "ChaCha20-Poly1305, seal 1 KiB": () => chacha20Poly1305.seal(aead, payload),
    "ChaCha20-Poly1305, open 1 KiB": () => chacha20Poly1305.open(aead, boxes.small),
    "ChaCha20-Poly1305, seal 64 KiB": () => chacha20Poly1305.seal(aead, large),
    "ChaCha20-Poly1305, open 64 KiB": () => chacha20Poly1305.open(aead, boxes.large),
    "hybrid key pair": () => hybridPublicKey(newHybridKey(backend), backend),
    "hybrid envelope, seal 1 KiB": () => sealEnvelope(hybridPublic, payload, { backend }),
    "hybrid envelope, open 1 KiB": () => openEnvelope(hybridKey, envelope, { backend }),
  };
}

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
