// Commits of a member who breaks the rules: made by the code that makes good ones, with a suite that lies or
// proposals that no member may commit. The member itself stays in its epoch.

import { makeCommit } from "../../../src/crypto/mls/commit.ts";
import type { GroupMember } from "../../../src/crypto/mls/group-member.ts";
import { readKeyPackage } from "../../../src/crypto/mls/key-package.ts";
import { decodeState } from "../../../src/crypto/mls/state.ts";
import { randomSuite, type Suite } from "../../../src/crypto/mls/suite.ts";
import { flipped } from "./bends.ts";

type State = ReturnType<typeof decodeState>["group"];
type Proposals = Parameters<typeof makeCommit>[1];

export interface Evil {
  /** KeyPackages to add, whatever is wrong with them. */
  readonly add?: readonly Uint8Array[];
  /** Proposals beside them. */
  readonly proposals?: Proposals;
  /** A suite that departs from the good one. */
  readonly suite?: (suite: Suite) => Suite;
  /** The state that the commit is made from. */
  readonly state?: (state: State) => State;
}

/** evilCommit answers the MLSMessage of a commit, and the Welcome if somebody is added. */
export async function evilCommit(
  member: GroupMember,
  { add = [], proposals = [], suite: change = same, state = same }: Evil,
): Promise<{ readonly message: Uint8Array; readonly welcome: Uint8Array | undefined }> {
  const { group } = decodeState(member.encode());
  const { clientConfig } = group;
  const trusting: State = {
    ...group,
    clientConfig: {
      ...clientConfig,
      authService: { validateCredential: async () => true },
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        compareKeyPackageToLeafNode: () => false,
      },
    },
  };
  const adds: Proposals = add.map((bytes) => ({
    proposalOrRefType: "proposal",
    proposal: { proposalType: "add", add: { keyPackage: readKeyPackage(bytes) } },
  }));
  const good = await randomSuite();
  const suite = change({ ...good, signature: { ...good.signature, verify: async () => true } });
  return makeCommit(state(trusting), [...adds, ...proposals], suite);
}

function same<T>(value: T): T {
  return value;
}

/** wrongPathSecrets seals secrets that do not lead to the public keys of the path. */
export function wrongPathSecrets(suite: Suite): Suite {
  const { hpke } = suite;
  return {
    ...suite,
    hpke: {
      ...hpke,
      seal: (key, plaintext, info, aad) => hpke.seal(key, flipped(plaintext, 0), info, aad),
    },
  };
}

/** wrongSignature spoils the signatures under one label of RFC 9420. */
export function wrongSignature(label: string): (suite: Suite) => Suite {
  return (suite) => ({
    ...suite,
    signature: {
      ...suite.signature,
      async sign(seed, message) {
        const signature = await suite.signature.sign(seed, message);
        const isIt = Buffer.from(message).includes(`MLS 1.0 ${label}`);
        return isIt ? flipped(signature, 3) : signature;
      },
    },
  });
}

/** wrongConfirmation spoils the confirmation tag. */
export function wrongConfirmation(suite: Suite): Suite {
  const { hash } = suite;
  return {
    ...suite,
    hash: { ...hash, mac: async (key, data) => flipped(await hash.mac(key, data), 0) },
  };
}
