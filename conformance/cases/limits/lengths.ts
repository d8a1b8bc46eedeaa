// Identity keys of a wrong length that hold a right one (spec/limits.md, Size; C-57). Keys one byte too
// short or too long stand with the fields of each method.

import { DeliveryService, KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import type { User } from "../../judge/user.ts";
import { fetched, holdsTexts } from "../delivery/inbox.ts";
import { holds, owner, packagesFor, takeSome, upload } from "../keys/steps.ts";

const { enqueue, batchEnqueue } = DeliveryService.method;
const { fetchKeyPackage, fetchHybridKey, fetchHybridKeys } = KeyService.method;

const ROWS: readonly (Pick<CaseSpec, "id" | "twin" | "rules"> & {
  readonly name: string;
  readonly call: (caller: User, good: Uint8Array, bad: Uint8Array) => Promise<Answer>;
})[] = [
  {
    id: "limits.field-lengths.enqueue-two-keys",
    name: "Enqueue",
    rules: ["limits.field-lengths", "delivery.recipient-key"],
    twin: "delivery.enqueue.round-trip",
    call: ({ call }, _, bad) => call(enqueue, { recipientKey: bad, payload: Buffer.from("x") }),
  },
  {
    id: "limits.field-lengths.batch-enqueue-two-keys",
    name: "BatchEnqueue, behind a good entry,",
    rules: ["limits.field-lengths", "delivery.recipient-key", "delivery.batch-atomic"],
    twin: "delivery.batch-enqueue.fan-out",
    call: ({ call }, good, bad) =>
      call(batchEnqueue, { recipientKeys: [good, bad], payload: Buffer.from("x") }),
  },
  {
    id: "limits.field-lengths.fetch-key-package-two-keys",
    name: "FetchKeyPackage",
    rules: ["limits.field-lengths", "keys.identity-key"],
    twin: "keys.upload.round-trip",
    call: ({ call }, _, bad) => call(fetchKeyPackage, { identityKey: bad }),
  },
  {
    id: "limits.field-lengths.fetch-hybrid-key-two-keys",
    name: "FetchHybridKey",
    rules: ["limits.field-lengths", "keys.identity-key"],
    twin: "keys.hybrid.round-trip",
    call: ({ call }, _, bad) => call(fetchHybridKey, { identityKey: bad }),
  },
  {
    id: "limits.field-lengths.fetch-hybrid-keys-two-keys",
    name: "FetchHybridKeys, behind a good entry,",
    rules: ["limits.field-lengths", "keys.identity-key"],
    twin: "keys.batch.order",
    call: ({ call }, good, bad) => call(fetchHybridKeys, { identityKeys: [good, bad] }),
  },
];

export const lengthCases: readonly Case[] = ROWS.map(({ name, call, ...row }) =>
  defineCase({
    ...row,
    features: ["auth", "delivery", "keys"],
    sends: `${name} with the key of a user twice in one field, 64 bytes, by another user`,
    expects: "BadRequest; no message stored, no package taken",
    checks: ["answer", "stored", "taken"],
    errata: ["C-57"],
    async run(t) {
      const [alice, bob] = [await owner(t), await t.user()];
      const packages = packagesFor(t, alice, "A");
      await upload(alice, packages);
      const twice = Buffer.concat([alice.key, alice.key]);
      t.refused(await call(bob, alice.key, twice), Status.BadRequest);
      holdsTexts(t, "stored", await fetched(alice), []);
      holds(t, "taken", packages, await takeSome(bob, alice.key, 1), "A");
    },
  }),
);
