// A group of people for tests: each with an identity and a member, and commits that reach all of them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { defaultBackend } from "../backend/default.ts";
import {
  type GroupChange,
  type GroupMember,
  MlsError,
  type MlsFault,
  type PendingCommit,
  type Received,
} from "./group-member.ts";
import type { Mls, MlsIdentity, OwnKeyPackage } from "./mls.ts";

export const NOW = Date.UTC(2026, 0, 15, 12);

/** identityOf is the identity of a name; the same name is always the same person. */
export function identityOf(name: string): MlsIdentity {
  const privateKey = new Uint8Array(createHash("sha256").update(name).digest());
  return { publicKey: defaultBackend.ed25519.publicKey(privateKey), privateKey };
}

export class TestGroup {
  readonly mls: Mls;
  readonly members = new Map<string, GroupMember>();
  constructor(mls: Mls) {
    this.mls = mls;
  }

  /** of makes a group of these people; the first creates it and adds the rest in one commit. */
  static async of(mls: Mls, ...names: readonly string[]): Promise<TestGroup> {
    const group = new TestGroup(mls);
    const [creator = "", ...others] = names;
    const id = new TextEncoder().encode("a group for tests");
    group.set(creator, await mls.createGroup(id, identityOf(creator), NOW));
    if (others.length > 0) await group.add(creator, ...others);
    return group;
  }

  get(name: string): GroupMember {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`${name} is not in the group`);
    return member;
  }

  set(name: string, member: GroupMember): void {
    this.members.set(name, member);
  }

  keyPackage(name: string): Promise<OwnKeyPackage> {
    return this.mls.generateKeyPackage(identityOf(name), NOW);
  }

  /** add has one member add others, who join. */
  async add(by: string, ...names: readonly string[]): Promise<PendingCommit> {
    const packages = await Promise.all(names.map((name) => this.keyPackage(name)));
    const pending = await this.commit(by, { add: packages.map((own) => own.keyPackage) });
    for (const [index, name] of names.entries()) {
      const own = packages[index];
      if (own === undefined || pending.welcome === undefined) throw new Error("no Welcome");
      this.set(name, await this.mls.join(pending.welcome, own.keyPackage, own.secret));
    }
    return pending;
  }

  /** commit has one member commit, and all others receive it. Who is removed stays in `members`. */
  async commit(by: string, change?: GroupChange): Promise<PendingCommit> {
    const pending = await this.get(by).commit(change);
    const merged = pending.merge(this.get(by));
    await this.deliver(pending.message, by);
    this.set(by, merged);
    return pending;
  }

  /** remove has one member remove others, who learn of it. */
  remove(by: string, ...names: readonly string[]): Promise<PendingCommit> {
    return this.commit(by, { remove: names.map((name) => identityOf(name).publicKey) });
  }

  /** send has one member send, and all others read. */
  async send(by: string, text: string): Promise<void> {
    const { next, message } = await this.get(by).send(new TextEncoder().encode(text));
    this.set(by, next);
    await this.deliver(message, by);
  }

  /** deliver gives a message to all active members but its sender. */
  async deliver(message: Uint8Array, sender: string): Promise<Received[]> {
    const received: Received[] = [];
    for (const [name, member] of this.members) {
      if (name === sender || !member.active) continue;
      const result = await member.receive(message);
      this.set(name, result.next);
      received.push(result);
    }
    return received;
  }

  /** active lists the members that were not removed. */
  active(): [string, GroupMember][] {
    return [...this.members].filter(([, member]) => member.active);
  }
}

/** hex is for comparisons that print well. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** epochs lists what the active members think of their epoch: one entry when all agree. */
export function epochs(group: TestGroup): string[] {
  const views = group
    .active()
    .map(([, { epoch, epochAuthenticator }]) => `${epoch} ${hex(epochAuthenticator)}`);
  return [...new Set(views)];
}

/** fault checks an error for `assert.rejects` and `assert.throws`. */
export function fault(expected: MlsFault): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof MlsError, `not an MlsError: ${error}`);
    assert.equal(error.fault, expected, error.message);
    return true;
  };
}
