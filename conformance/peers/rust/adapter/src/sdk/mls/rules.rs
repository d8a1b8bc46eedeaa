//! What a member refuses beyond RFC 9420: leaves and proposals of other kinds (spec/crypto/mls.md).

use super::reject;
use crate::sdk::{directory::IdentityKey, error::Result};
use openmls::prelude::{
    BasicCredential, Credential, LeafNodeIndex, MlsGroup, Proposal, QueuedProposal, Sender,
    StagedCommit,
};

/// Length of the ID of a one-to-one group: channel_id and generation.
pub const DIRECT_ID_LEN: usize = 20;

/// The identity of a leaf: a basic credential that is the signature key (mls.credential).
pub fn check_leaf(credential: &Credential, signature_key: &[u8]) -> Result<IdentityKey> {
    let refused = || reject("credential", "the credential is not the signature key");
    let basic = BasicCredential::try_from(credential.clone()).map_err(|_| refused())?;
    if basic.identity() != signature_key {
        return Err(refused());
    }
    signature_key.try_into().map_err(|_| refused())
}

/// Refuses a proposal that no member may make, or that gives a leaf another identity.
pub fn check_proposal(group: &MlsGroup, queued: &QueuedProposal) -> Result<()> {
    let refused = |text: &str| reject("invalid-commit", text);
    let Sender::Member(sender) = queued.sender() else {
        return Err(refused("a proposal of nobody in the group"));
    };
    match queued.proposal() {
        Proposal::Remove(_) => Ok(()),
        Proposal::Add(add) => {
            let leaf = add.key_package().leaf_node();
            check_leaf(leaf.credential(), leaf.signature_key().as_slice()).map(drop)
        }
        Proposal::Update(update) => {
            let leaf = update.leaf_node();
            check_leaf(leaf.credential(), leaf.signature_key().as_slice())?;
            check_same_identity(group, *sender, leaf.credential())
        }
        _ => Err(refused("a proposal of another kind")),
    }
}

/// Refuses a commit whose proposals or whose new leaf break a rule.
pub fn check_commit(group: &MlsGroup, sender: &Sender, commit: &StagedCommit) -> Result<()> {
    let leaf = commit.update_path_leaf_node();
    let identity = leaf
        .map(|leaf| check_leaf(leaf.credential(), leaf.signature_key().as_slice()))
        .transpose()?;
    match (sender, leaf, identity) {
        (Sender::NewMemberCommit, Some(_), Some(identity)) => {
            check_external_commit(group, commit, &identity)
        }
        _ if adds_a_third(group, commit) => {
            Err(reject("invalid-commit", "a third member of a one-to-one conversation"))
        }
        (Sender::Member(sender), leaf, _) => {
            if let Some(leaf) = leaf {
                check_same_identity(group, *sender, leaf.credential())?;
            }
            commit.queued_proposals().try_for_each(|queued| check_proposal(group, queued))
        }
        _ => Err(reject("invalid-commit", "a commit of nobody in the group")),
    }
}

/// Whether somebody else is added to the group of a one-to-one conversation.
fn adds_a_third(group: &MlsGroup, commit: &StagedCommit) -> bool {
    group.group_id().as_slice().len() == DIRECT_ID_LEN
        && commit.add_proposals().any(|add| {
            let leaf = add.add_proposal().key_package().leaf_node();
            group.members().all(|member| member.signature_key != leaf.signature_key().as_slice())
        })
}

/// One ExternalInit, and a Remove of the former leaf of the same identity if there is one.
fn check_external_commit(
    group: &MlsGroup,
    commit: &StagedCommit,
    identity: &IdentityKey,
) -> Result<()> {
    let former = group.members().find(|member| member.signature_key == identity).map(|m| m.index);
    let mut removed = None;
    for queued in commit.queued_proposals() {
        match queued.proposal() {
            Proposal::ExternalInit(_) => {}
            Proposal::Remove(remove) if removed.is_none() => removed = Some(remove.removed()),
            _ => return Err(reject("invalid-commit", "a proposal of another kind")),
        }
    }
    if removed == former {
        Ok(())
    } else {
        Err(reject("invalid-commit", "an external commit that removes another leaf"))
    }
}

fn check_same_identity(group: &MlsGroup, leaf: LeafNodeIndex, new: &Credential) -> Result<()> {
    if group.member(leaf) == Some(new) {
        return Ok(());
    }
    Err(reject("invalid-commit", "a leaf that gets another identity"))
}
