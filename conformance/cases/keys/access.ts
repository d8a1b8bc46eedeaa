// Who may call 300 to 304: the owner uploads, a session fetches (spec/services/keys.md; C-29, C-42).

import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { newIdentityKey } from "../../judge/account.ts";
import type { Case } from "../../judge/case.ts";
import type { Answer, Peer } from "../../judge/peer.ts";
import {
  holds,
  hybridKey,
  hybridOf,
  keyCase,
  owner,
  packagesFor,
  putHybrid,
  take,
  takeSome,
  upload,
} from "./steps.ts";

const { uploadKeyPackage, fetchKeyPackage, uploadHybridKey, fetchHybridKey, fetchHybridKeys } =
  KeyService.method;

interface CallRow {
  readonly name: string;
  readonly twin: string;
  /** call names the identity of `key`; what it would store is `bytes`. */
  readonly call: (
    caller: Pick<Peer, "call">,
    key: Uint8Array,
    bytes: Uint8Array,
  ) => Promise<Answer>;
}

const UPLOADS: readonly (CallRow & { readonly material: "package" | "hybrid key" })[] = [
  {
    name: "upload-key-package",
    material: "package",
    twin: "keys.upload.round-trip",
    call: (caller, identityKey, bytes) =>
      caller.call(uploadKeyPackage, { identityKey, package: bytes }),
  },
  {
    name: "upload-hybrid-key",
    material: "hybrid key",
    twin: "keys.hybrid.round-trip",
    call: (caller, identityKey, hybridPublicKey) =>
      caller.call(uploadHybridKey, { identityKey, hybridPublicKey }),
  },
];

const FETCHES: readonly CallRow[] = [
  {
    name: "fetch-key-package",
    twin: "keys.upload.round-trip",
    call: (caller, identityKey) => caller.call(fetchKeyPackage, { identityKey }),
  },
  {
    name: "fetch-hybrid-key",
    twin: "keys.hybrid.round-trip",
    call: (caller, identityKey) => caller.call(fetchHybridKey, { identityKey }),
  },
  {
    name: "fetch-hybrid-keys",
    twin: "keys.batch.order",
    call: (caller, key) => caller.call(fetchHybridKeys, { identityKeys: [key] }),
  },
];

export const accessCases: readonly Case[] = [
  ...UPLOADS.map((row) =>
    keyCase({
      id: `keys.${row.name}.foreign-identity`,
      rules: ["keys.own-key", "sessions.own-identity"],
      twin: row.twin,
      sends: `a ${row.material} under the identity key of another user, who has one already`,
      expects: "Forbidden or Unauthorized, and that user's key material as before",
      checks: ["answer", "packages", "hybrid"],
      errata: ["C-42"],
      async run(t) {
        const [alice, mallory] = [await owner(t), await t.user()];
        const [own, forged] = packagesFor(t, alice, "Alice's", "Mallory's");
        const [ownHybrid, forgedHybrid] = [hybridKey(t, "own"), hybridKey(t, "forged")];
        await upload(alice, [own]);
        await putHybrid(alice, ownHybrid);
        const { bytes } = row.material === "package" ? forged : forgedHybrid;
        const answer = await row.call(mallory, alice.key, bytes);
        t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
        const known = [own, forged, ownHybrid, forgedHybrid];
        holds(t, "packages", known, await takeSome(alice, alice.key, 2), "Alice's", "none");
        holds(t, "hybrid", known, [await hybridOf(alice, alice.key)], "own");
      },
    }),
  ),

  ...UPLOADS.map((row) =>
    keyCase({
      id: `keys.${row.name}.unregistered-identity`,
      rules: ["keys.own-key", "sessions.own-identity"],
      twin: row.twin,
      sends: `a ${row.material} under an identity key that no account has`,
      expects: "Forbidden or Unauthorized, and nothing to fetch for this key",
      checks: ["answer", "stored"],
      errata: ["C-42", "I-14"],
      async run(t) {
        const mallory = await t.user();
        const key = newIdentityKey();
        const [forged] = packagesFor(t, mallory, "forged");
        const forgedHybrid = hybridKey(t, "forged");
        const { bytes } = row.material === "package" ? forged : forgedHybrid;
        t.refused(await row.call(mallory, key, bytes), [Status.Forbidden, Status.Unauthorized]);
        const stored = [await take(mallory, key), await hybridOf(mallory, key)];
        holds(t, "stored", [forged, forgedHybrid], stored, "none", "none");
      },
    }),
  ),

  ...[...UPLOADS, ...FETCHES].map((row) =>
    keyCase({
      id: `keys.no-session.${row.name}`,
      rules: ["sessions.unauthorized"],
      twin: row.twin,
      sends: `${row.name} on a fresh connection without a token, for a user with a package and a hybrid key`,
      expects: "Unauthorized, nothing of the key material, and the key material as before",
      checks: ["answer", "hidden", "packages", "hybrid"],
      errata: ["C-29"],
      async run(t) {
        const alice = await owner(t);
        const [own, other] = packagesFor(t, alice, "own package", "other package");
        const [hybrid, otherHybrid] = [hybridKey(t, "own hybrid key"), hybridKey(t, "another")];
        await upload(alice, [own]);
        await putHybrid(alice, hybrid);
        const bytes = row.name === "upload-hybrid-key" ? otherHybrid.bytes : other.bytes;
        const answer = await row.call(await t.peer(), alice.key, bytes);
        t.refused(answer, Status.Unauthorized);
        const payload = Buffer.from(answer.payload);
        const shown = [own, hybrid].find(({ bytes }) => payload.includes(Buffer.from(bytes)));
        t.check("hidden", shown === undefined, {
          expected: "no key material in the payload",
          got: `the ${shown?.name}`,
        });
        const known = [own, other, hybrid, otherHybrid];
        const left = await takeSome(alice, alice.key, 2);
        holds(t, "packages", known, left, "own package", "none");
        holds(t, "hybrid", known, [await hybridOf(alice, alice.key)], "own hybrid key");
      },
    }),
  ),
];
