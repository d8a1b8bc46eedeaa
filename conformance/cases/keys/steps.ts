// What the cases of keys share: owners with an empty queue, packages with names, uploads and fetches.

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { KeyService } from "../../../src/gen/qpc/v1/methods_pb.ts";
import { Status, statusName } from "../../../src/registry/statuses.ts";
import { demandOk } from "../../judge/account.ts";
import { type Case, type CaseSpec, defineCase } from "../../judge/case.ts";
import type { Answer } from "../../judge/peer.ts";
import { spell } from "../../judge/trace.ts";
import type { Trial } from "../../judge/trial.ts";
import type { User } from "../../judge/user.ts";
import { mlsPackage } from "./mls-package.ts";

const { uploadKeyPackage, fetchKeyPackage, uploadHybridKey, fetchHybridKey, fetchHybridKeys } =
  KeyService.method;

/** Most packages that a case leaves in the queue of a pooled user. */
const MOST_LEFT = 20;

/** keyCase is a case that needs accounts and their keys. */
export function keyCase(spec: Omit<CaseSpec, "features">): Case {
  return defineCase({ ...spec, features: ["auth", "keys"] });
}

/** Named is key material under the name that evidence has for it. */
export interface Named {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * packagesFor makes a package per name for the queue of a user: any bytes will do, unless the subject
 * declares that it parses them (C-60).
 */
export function packagesFor<const N extends readonly string[]>(
  t: Trial,
  user: User,
  ...names: N
): NamedAs<N> {
  const parsed = t.profile["ciphersuite-allowlist"] === "on";
  return names.map((name) => ({
    name,
    bytes: parsed ? mlsPackage(user.key, t.bytes(96, name)) : t.bytes(300, name),
  })) as NamedAs<N>;
}

/** NamedAs is one package per name, so that a list of known length can be taken apart. */
export type NamedAs<N extends readonly string[]> = { readonly [K in keyof N]: Named };

/** numbered names `count` things 1, 2, 3 … */
export function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${i + 1}`);
}

/** X25519 public key, and the coefficients of an ML-KEM-768 key: 12 bits each (FIPS 203 section 7.1). */
const HYBRID = { length: 1216, coefficientsAt: 32, coefficientsEnd: 32 + 1152 } as const;

/** hybridKey is a hybrid public key (1,216 bytes) that passes the input check of FIPS 203 section 7.2. */
export function hybridKey(t: Trial, name: string): Named {
  const bytes = Uint8Array.from(t.bytes(HYBRID.length, name));
  // The check wants every coefficient below 3329; without their top bits they are below 2048.
  for (let at = HYBRID.coefficientsAt; at < HYBRID.coefficientsEnd; at += 3) {
    bytes[at + 1] = (bytes[at + 1] ?? 0) & 0xf7;
    bytes[at + 2] = (bytes[at + 2] ?? 0) & 0x7f;
  }
  return { name, bytes };
}

/** owner lends a user without KeyPackages. */
export async function owner(t: Trial): Promise<User> {
  const user = await t.user();
  for (let round = 0; round < MOST_LEFT; round++) {
    const answer = await user.call(fetchKeyPackage, { identityKey: user.key });
    if (answer.status === Status.NotFound) return user;
    if (answer.status !== Status.Ok) break;
    if (answer.message().package.length === 0) return user;
  }
  // Whether the own queue can be emptied is another case's question.
  return t.newUser();
}

/** upload queues packages one after the other. */
export async function upload(user: User, packages: readonly Named[]): Promise<void> {
  for (const { bytes } of packages) demandOk(await offer(user, bytes), "UploadKeyPackage");
}

/** offer uploads one package of the caller and answers what came of it. */
export function offer(user: User, bytes: Uint8Array) {
  return user.call(uploadKeyPackage, { identityKey: user.key, package: bytes });
}

/** take fetches one package of a key; undefined when there is none, in either reading (C-44). */
export async function take(caller: User, key: Uint8Array): Promise<Uint8Array | undefined> {
  const answer = await caller.call(fetchKeyPackage, { identityKey: key });
  if (answer.status === Status.NotFound) return undefined;
  demandOk(answer, "FetchKeyPackage");
  const { package: bytes } = answer.message();
  return bytes.length > 0 ? bytes : undefined;
}

/** takeSome fetches `count` packages one after the other. */
export async function takeSome(
  caller: User,
  key: Uint8Array,
  count: number,
): Promise<readonly (Uint8Array | undefined)[]> {
  const taken: (Uint8Array | undefined)[] = [];
  for (let i = 0; i < count; i++) taken.push(await take(caller, key));
  return taken;
}

/** putHybrid uploads the hybrid key of the caller on the way of a case. */
export async function putHybrid(user: User, { bytes }: Named): Promise<void> {
  demandOk(await offerHybrid(user, bytes), "UploadHybridKey");
}

/** offerHybrid uploads the hybrid key of the caller and answers what came of it. */
export function offerHybrid(user: User, hybridPublicKey: Uint8Array) {
  return user.call(uploadHybridKey, { identityKey: user.key, hybridPublicKey });
}

/** hybridOf fetches the hybrid key of an identity; undefined when there is none, in either reading. */
export async function hybridOf(caller: User, key: Uint8Array): Promise<Uint8Array | undefined> {
  const answer = await caller.call(fetchHybridKey, { identityKey: key });
  if (answer.status === Status.NotFound) return undefined;
  demandOk(answer, "FetchHybridKey");
  const { hybridPublicKey } = answer.message();
  return hybridPublicKey.length > 0 ? hybridPublicKey : undefined;
}

/** batchOf calls FetchHybridKeys. */
export function batchOf(caller: User, identityKeys: readonly Uint8Array[]) {
  return caller.call(fetchHybridKeys, { identityKeys: [...identityKeys] });
}

/**
 * hasNone checks that an answer says "nothing stored" in the reading of `keypackage-empty`; a subject that
 * declares NotFound gets a warning with it (C-44, S-08).
 */
export function hasNone<O extends DescMessage>(
  t: Trial,
  answer: Answer<O>,
  bytesOf: (message: MessageShape<O>) => Uint8Array,
): void {
  const size = answer.status === Status.Ok ? bytesOf(answer.message()).length : 0;
  const byStatus = t.reading === "notfound";
  const fits = answer.status === (byStatus ? Status.NotFound : Status.Ok) && size === 0;
  t.check("answer", fits, {
    expected: byStatus ? "NotFound" : "Ok with no bytes",
    got: `${statusName(answer.status)} with ${size} bytes`,
  });
  if (fits && t.profile["keypackage-empty"] === "notfound") {
    const evidence = { expected: "Ok with no bytes", got: "NotFound, as declared" };
    t.check("reading", false, evidence, "warn");
  }
}

/** holds checks that a list of key material is these, by name, in this order; "none" is an empty one. */
export function holds(
  t: Trial,
  check: string,
  known: readonly Named[],
  list: readonly (Uint8Array | undefined)[],
  ...names: readonly string[]
): void {
  const [got, expected] = [spellNames(known, list), names.join(", ")];
  t.check(check, got === expected, { expected, got });
}

/** spellNames writes a list by the names of its entries; what has no name is written in hex. */
export function spellNames(
  known: readonly Named[],
  list: readonly (Uint8Array | undefined)[],
): string {
  return list
    .map((bytes) => {
      if (bytes === undefined || bytes.length === 0) return "none";
      return known.find((one) => Buffer.compare(one.bytes, bytes) === 0)?.name ?? spell(bytes);
    })
    .join(", ");
}
