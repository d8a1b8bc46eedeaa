// Which code judges which set of files; manifest.json says what the sets consist of.

import { type CasesOf, eachOf } from "./case.ts";
import { consistencyCases, inclusionCases } from "./merkle.ts";
import {
  acvpCases,
  combinedCases,
  encapsulationCases,
  expandedKeyCases,
  seedCases,
} from "./ml-kem.ts";
import { checkCryptoBasics, checkPskSecret } from "./mls/crypto-basics.ts";
import { checkKeySchedule, checkSecretTree, checkTranscriptHashes } from "./mls/key-schedule.ts";
import { checkMessageProtection } from "./mls/message-protection.ts";
import { checkMessages } from "./mls/messages.ts";
import { checkPassiveClient } from "./mls/passive-client.ts";
import { checkTreeOperation, checkTreeValidation } from "./mls/tree.ts";
import { checkDeserialization, checkTreeMath } from "./mls/tree-math.ts";
import { checkTreeKem } from "./mls/treekem.ts";
import { checkWelcome } from "./mls/welcome.ts";
import { intermediateCases, messageCases } from "./opaque.ts";
import { chacha20Poly1305Cases, ed25519Cases, hkdfCases, x25519Cases } from "./wycheproof.ts";

/** SUITES by suite and set, as in the manifest. */
export const SUITES: Readonly<Record<string, Readonly<Record<string, CasesOf>>>> = {
  mls: {
    "tree-math": eachOf(checkTreeMath),
    "crypto-basics": eachOf(checkCryptoBasics),
    "secret-tree": eachOf(checkSecretTree),
    "message-protection": eachOf(checkMessageProtection),
    "key-schedule": eachOf(checkKeySchedule),
    psk_secret: eachOf(checkPskSecret),
    "transcript-hashes": eachOf(checkTranscriptHashes),
    welcome: eachOf(checkWelcome),
    "tree-operations": eachOf(checkTreeOperation),
    "tree-validation": eachOf(checkTreeValidation),
    treekem: eachOf(checkTreeKem),
    messages: eachOf(checkMessages),
    deserialization: eachOf(checkDeserialization),
    "passive-client-welcome": eachOf(checkPassiveClient),
    "passive-client-handling-commit": eachOf(checkPassiveClient),
    "passive-client-random": eachOf(checkPassiveClient),
  },
  opaque: { ristretto255: messageCases },
  "opaque-intermediates": { ristretto255: intermediateCases },
  x25519: { wycheproof: x25519Cases },
  ed25519: { wycheproof: ed25519Cases },
  "chacha20-poly1305": { wycheproof: chacha20Poly1305Cases },
  "hkdf-sha256": { wycheproof: hkdfCases },
  "ml-kem-768": {
    keygen_seed: seedCases,
    encaps: encapsulationCases,
    combined: combinedCases,
    semi_expanded_decaps: expandedKeyCases,
  },
  "ml-kem-768-acvp": { keyGen: acvpCases, encapDecap: acvpCases },
  merkle: { inclusion: inclusionCases, consistency: consistencyCases },
};
