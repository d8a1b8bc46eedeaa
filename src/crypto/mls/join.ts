// Entering a group by Welcome (RFC 9420 section 12.4.3.1). The library's own way in leads through its check
// of the tree, which refuses honest groups (tree.ts), so the steps are taken here one by one.

import type { CiphersuiteImpl, ClientState, GroupInfo, RatchetTree, Welcome } from "ts-mls";
import { decryptWithLabel } from "ts-mls/crypto/hpke.js";
import { verifyConfirmationTag } from "ts-mls/framedContent.js";
import { decodeGroupInfo, encodeGroupInfo, extractWelcomeSecret } from "ts-mls/groupInfo.js";
import { decodeGroupSecrets, encodeGroupSecrets, type GroupSecrets } from "ts-mls/groupSecrets.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { deriveKeySchedule } from "ts-mls/keySchedule.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { findLeafIndex } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { type LeafIndex, leafToNodeIndex, leafWidth, toLeafIndex } from "ts-mls/treemath.js";
import { firstCommonAncestor } from "ts-mls/updatePath.js";
import { welcomeKey, welcomeNonce } from "ts-mls/welcome.js";
import { decodeExactly, decodeMessage, equal } from "./bytes.ts";
import { CLIENT_CONFIG } from "./credentials.ts";
import { demand, within } from "./errors.ts";
import { checkGroupInfo } from "./group-info.ts";
import { MlsError } from "./group-member.ts";
import { decodeSecret, readKeyPackage } from "./key-package.ts";
import { secretsFrom } from "./path-secrets.ts";
import { type MemberState, newEpoch } from "./state.ts";
import { SUITE_NAME } from "./suite.ts";
import { checkOwnKeys } from "./tree.ts";

/** readWelcome decodes an MLSMessage(Welcome); it throws `malformed` or `ciphersuite`. */
export function readWelcome(message: Uint8Array): Welcome {
  const decoded = decodeMessage(message);
  demand(decoded.wireformat === "mls_welcome", "malformed", `a ${decoded.wireformat}`);
  const { cipherSuite } = decoded.welcome;
  demand(cipherSuite === SUITE_NAME, "ciphersuite", `a Welcome of suite ${cipherSuite}`);
  return decoded.welcome;
}

/** joinByWelcome throws `welcome` for whatever does not lead into a valid group. */
export async function joinByWelcome(
  message: Uint8Array,
  keyPackageBytes: Uint8Array,
  secret: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<MemberState> {
  const welcome = readWelcome(message);
  const keyPackage = readKeyPackage(keyPackageBytes);
  const keys = decodeSecret(secret);
  const ref = await makeKeyPackageRef(keyPackage, suite.hash);
  return within("welcome", async () => {
    const secrets = await openSecrets(welcome, ref, keys.initPrivateKey, suite);
    const info = await openGroupInfo(welcome, secrets, suite);
    const tree = await checkGroupInfo(info, suite);
    const leafIndex = findLeafIndex(tree, keyPackage.leafNode);
    demand(leafIndex !== undefined, "welcome", "the own leaf is not in the tree");

    const [keySchedule, encryptionSecret] = await deriveKeySchedule(
      secrets.joinerSecret,
      noPsk(suite),
      info.groupContext,
      suite.kdf,
    );
    const confirmed = await verifyConfirmationTag(
      keySchedule.confirmationKey,
      info.confirmationTag,
      info.groupContext.confirmedTranscriptHash,
      suite.hash,
    );
    demand(confirmed, "welcome", "the confirmation tag is wrong");

    const group: ClientState = {
      groupContext: info.groupContext,
      ratchetTree: tree,
      privatePath: {
        leafIndex,
        privateKeys: {
          ...(await pathKeys(tree, leafIndex, info.signer, secrets, suite)),
          [leafToNodeIndex(leafIndex)]: keys.hpkePrivateKey,
        },
      },
      signaturePrivateKey: keys.signaturePrivateKey,
      confirmationTag: info.confirmationTag,
      unappliedProposals: {},
      keySchedule,
      secretTree: await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf),
      historicalReceiverData: new Map(),
      groupActiveState: { kind: "active" },
      clientConfig: CLIENT_CONFIG,
    };
    checkOwnKeys(group);
    for (const used of [keys.initPrivateKey, secrets.joinerSecret, encryptionSecret]) used.fill(0);
    return newEpoch(group);
  });
}

async function openSecrets(
  { secrets, encryptedGroupInfo }: Welcome,
  ref: Uint8Array,
  initPrivateKey: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<GroupSecrets> {
  const [own, another] = secrets.filter(({ newMember }) => equal(newMember, ref));
  if (own === undefined) throw new MlsError("welcome", "the Welcome is not for this KeyPackage");
  demand(another === undefined, "welcome", "the Welcome names this KeyPackage twice");
  const { kemOutput, ciphertext } = own.encryptedGroupSecrets;
  const plaintext = await decryptWithLabel(
    await suite.hpke.importPrivateKey(initPrivateKey),
    "Welcome",
    encryptedGroupInfo,
    kemOutput,
    ciphertext,
    suite.hpke,
  );
  const opened = decodeExactly(plaintext, decodeGroupSecrets, encodeGroupSecrets, "GroupSecrets");
  demand(opened.psks.length === 0, "welcome", "the group needs a pre-shared key");
  return opened;
}

async function openGroupInfo(
  { encryptedGroupInfo }: Welcome,
  { joinerSecret }: GroupSecrets,
  suite: CiphersuiteImpl,
): Promise<GroupInfo> {
  const welcomeSecret = await extractWelcomeSecret(joinerSecret, noPsk(suite), suite.kdf);
  const plaintext = await suite.hpke.decryptAead(
    await welcomeKey(welcomeSecret, suite),
    await welcomeNonce(welcomeSecret, suite),
    undefined,
    encryptedGroupInfo,
  );
  return decodeExactly(plaintext, decodeGroupInfo, encodeGroupInfo, "GroupInfo");
}

/** The private keys of the nodes that the committer and the new member have in common. */
async function pathKeys(
  tree: RatchetTree,
  leafIndex: LeafIndex,
  signer: number,
  { pathSecret }: GroupSecrets,
  suite: CiphersuiteImpl,
): Promise<Record<number, Uint8Array>> {
  if (pathSecret === undefined) return {};
  const ancestor = firstCommonAncestor(tree, leafIndex, toLeafIndex(signer));
  const { secrets } = await secretsFrom(tree, ancestor, pathSecret, suite);
  return (await toPrivateKeyPath(secrets, leafIndex, suite)).privateKeys;
}

function noPsk(suite: CiphersuiteImpl): Uint8Array {
  return new Uint8Array(suite.kdf.size);
}
