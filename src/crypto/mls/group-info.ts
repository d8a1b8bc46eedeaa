// GroupInfo (RFC 9420 section 12.4.3): what somebody who comes is told of a group, by Welcome or in the open.

import type { CiphersuiteImpl, GroupInfo, RatchetTree } from "ts-mls";
import { encodeMlsMessage } from "ts-mls";
import { signGroupInfo, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { concat } from "../bytes.ts";
import { decodeExactly, decodeMessage } from "./bytes.ts";
import { KEY_BYTES } from "./credentials.ts";
import { demand } from "./errors.ts";
import { MlsError } from "./group-member.ts";
import type { MemberState } from "./state.ts";
import { SUITE_NAME } from "./suite.ts";
import { checkTree, leafAt } from "./tree.ts";

/**
 * checkGroupInfo answers the ratchet tree of a group once everything about it holds: the signature of a
 * member, the tree, the credentials of all leaves, suite 0x0001 and no extension of the group itself.
 */
export async function checkGroupInfo(
  info: GroupInfo,
  suite: CiphersuiteImpl,
): Promise<RatchetTree> {
  const { groupContext, extensions, signer } = info;
  demand(groupContext.cipherSuite === SUITE_NAME, "ciphersuite", "the group has another suite");
  demand(groupContext.version === "mls10", "ciphersuite", "the group has another version");
  demand(groupContext.extensions.length === 0, "group-info", "the group has extensions");
  const types = new Set(extensions.map(({ extensionType }) => extensionType));
  demand(types.size === extensions.length, "group-info", "an extension comes twice");

  const treeBytes = extensionData(info, "ratchet_tree");
  const tree = decodeExactly(treeBytes, decodeRatchetTree, encodeRatchetTree, "ratchet tree");
  const leaf = leafAt(tree, signer);
  demand(leaf !== undefined, "group-info", "the signer is not in the tree");
  const key = leaf.signaturePublicKey;
  const valid = await verifyGroupInfoSignature(info, key, suite.signature);
  demand(valid, "group-info", "the signature is wrong");
  await checkTree(tree, groupContext, suite);
  return tree;
}

/** makeGroupInfo answers an MLSMessage(GroupInfo) for an external join. */
export async function makeGroupInfo(
  { group }: MemberState,
  suite: CiphersuiteImpl,
): Promise<Uint8Array> {
  const keys = await suite.hpke.deriveKeyPair(group.keySchedule.externalSecret);
  const externalPub = await suite.hpke.exportPublicKey(keys.publicKey);
  const groupInfo = await signGroupInfo(
    {
      groupContext: group.groupContext,
      extensions: [
        { extensionType: "external_pub", extensionData: encodeExternalPub(externalPub) },
        { extensionType: "ratchet_tree", extensionData: encodeRatchetTree(group.ratchetTree) },
      ],
      confirmationTag: group.confirmationTag,
      signer: group.privatePath.leafIndex,
    },
    group.signaturePrivateKey,
    suite.signature,
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}

/** readGroupInfo decodes an MLSMessage(GroupInfo). */
export function readGroupInfo(message: Uint8Array): GroupInfo {
  const decoded = decodeMessage(message);
  demand(decoded.wireformat === "mls_group_info", "malformed", `a ${decoded.wireformat}`);
  return decoded.groupInfo;
}

/** externalPub is the key of the extension external_pub (RFC 9420 section 12.4.3.2). */
export function externalPub(info: GroupInfo): Uint8Array {
  const data = extensionData(info, "external_pub");
  const key = data.subarray(1);
  const wellFormed = data[0] === KEY_BYTES && key.length === KEY_BYTES;
  demand(wellFormed, "group-info", "external_pub is not an HPKEPublicKey of 32 bytes");
  return key;
}

/** An HPKEPublicKey carries its own length; the library writes and reads the key without it. */
function encodeExternalPub(key: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(key.length), key);
}

function extensionData(info: GroupInfo, type: "ratchet_tree" | "external_pub"): Uint8Array {
  const extension = info.extensions.find(({ extensionType }) => extensionType === type);
  if (extension === undefined) throw new MlsError("group-info", `no extension ${type}`);
  return extension.extensionData;
}
