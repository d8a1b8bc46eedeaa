//! A group as one member has it: commits of its own, and the messages of the others.

use super::{
    Client, create_config, join_config, reject,
    rules::{check_commit, check_leaf, check_proposal},
    tree::parent_hashes_hold,
};
use crate::sdk::{
    directory::IdentityKey,
    error::{Error, Result},
};
use openmls::prelude::{
    BasicCredential, GroupId, KeyPackage, LeafNodeIndex, MlsGroup, OpenMlsProvider,
    ProcessedMessage, ProcessedMessageContent, Proposal, ProposalOrRefType, ProtocolMessage,
    Sender, StagedWelcome, Welcome, tls_codec::Serialize,
};
use std::{fmt::Display, sync::Arc};

/// What a Commit is to change, beside the keys of the committer.
#[derive(Default)]
pub struct Change {
    pub add: Vec<KeyPackage>,
    pub remove: Vec<IdentityKey>,
}

/// A Commit that waits to come back, and the Welcome to send when it has won.
#[derive(Clone)]
pub struct Commit {
    pub message: Arc<[u8]>,
    pub welcome: Option<Vec<u8>>,
}

/// What a message did.
#[derive(Debug)]
pub enum Received {
    /// The plaintext of an application message.
    Application { from: IdentityKey, epoch: u64, plaintext: Vec<u8> },
    /// A proposal waits for a commit.
    Proposal { from: IdentityKey },
    /// The epoch is another one, by a Commit of this member or of `from`.
    Epoch { from: Option<IdentityKey> },
    /// A message of an epoch that has not begun.
    Future,
    /// A Commit that came too late, or a message of this member.
    Nothing,
}

/// A group of this member.
pub struct Group {
    client: Arc<Client>,
    group: MlsGroup,
    pending: Option<Commit>,
}

fn failed(error: impl Display) -> Error {
    Error::local(error.to_string())
}

impl Group {
    /// Founds the group of `id` with this member alone.
    pub fn create(client: &Arc<Client>, id: &[u8]) -> Result<Self> {
        let group = MlsGroup::new_with_group_id(
            &client.provider,
            &client.signer,
            &create_config(),
            GroupId::from_slice(id),
            client.credential(),
        )
        .map_err(failed)?;
        Ok(Self { client: client.clone(), group, pending: None })
    }

    /// Enters by a Welcome, unless `acceptable` refuses the group ID and epoch.
    pub fn join(
        client: &Arc<Client>,
        welcome: Welcome,
        acceptable: impl FnOnce(&[u8], u64) -> Result<()>,
    ) -> Result<Self> {
        let refused = |error: &dyn Display| reject("welcome", error);
        client.attempt(|| {
            let staged =
                StagedWelcome::build_from_welcome(&client.provider, &join_config(), welcome)
                    .map_err(|error| refused(&error))?
                    .replace_old_group()
                    .skip_lifetime_validation()
                    .build()
                    .map_err(|error| refused(&error))?;
            for member in staged.members() {
                check_leaf(&member.credential, &member.signature_key)?;
            }
            let context = staged.group_context();
            if context.extensions().iter().next().is_some() {
                return Err(refused(&"the group has extensions"));
            }
            acceptable(context.group_id().as_slice(), context.epoch().as_u64())?;
            let group = staged.into_group(&client.provider).map_err(|error| refused(&error))?;
            let tree = group.export_ratchet_tree().tls_serialize_detached().map_err(failed)?;
            if !parent_hashes_hold(&tree) {
                return Err(refused(&"the parent hashes of the tree do not hold"));
            }
            Ok(Self { client: client.clone(), group, pending: None })
        })
    }

    pub fn id(&self) -> &[u8] {
        self.group.group_id().as_slice()
    }

    pub fn epoch(&self) -> u64 {
        self.group.epoch().as_u64()
    }

    pub fn is_active(&self) -> bool {
        self.group.is_active()
    }

    pub fn authenticator(&self) -> Vec<u8> {
        self.group.epoch_authenticator().as_slice().to_vec()
    }

    /// The identity keys of the members, in the order of the leaves.
    pub fn members(&self) -> Vec<IdentityKey> {
        let keys = self.group.members().map(|member| member.signature_key);
        keys.filter_map(|key| key.try_into().ok()).collect()
    }

    /// Leaf index and identity key of each member.
    pub fn leaves(&self) -> Vec<(u32, IdentityKey)> {
        let leaves = self.group.members();
        let leaves =
            leaves.map(|leaf| Some((leaf.index.u32(), leaf.signature_key.try_into().ok()?)));
        leaves.flatten().collect()
    }

    /// The members but this one.
    pub fn others(&self) -> Vec<IdentityKey> {
        let own = self.client.identity_key;
        self.members().into_iter().filter(|key| *key != own).collect()
    }

    /// The own Commit that has not come back.
    pub fn pending(&self) -> Option<&Commit> {
        self.pending.as_ref()
    }

    /// Whether proposals of others wait for a commit.
    pub fn has_proposals(&self) -> bool {
        self.group.has_pending_proposals()
    }

    /// The members that proposed to be removed.
    pub fn leaving(&self) -> Vec<IdentityKey> {
        let proposals = self.group.pending_proposals();
        let leaves = proposals.filter_map(|queued| match (queued.proposal(), queued.sender()) {
            (Proposal::Remove(remove), Sender::Member(sender)) if remove.removed() == *sender => {
                self.group.member_at(*sender)
            }
            _ => None,
        });
        leaves.filter_map(|member| member.signature_key.try_into().ok()).collect()
    }

    /// Whether this member is the one to commit proposals to leave: the lowest leaf that stays.
    pub fn commits_departures(&self) -> bool {
        let leaving = self.leaving();
        let lowest = self.members().into_iter().find(|key| !leaving.contains(key));
        !leaving.is_empty() && lowest == Some(self.client.identity_key)
    }

    /// Makes the Commit of `change` and of all proposals that wait.
    pub fn commit(&mut self, change: Change) -> Result<Commit> {
        let leaves = self.group.members();
        let removed: Vec<LeafNodeIndex> = leaves
            .filter(|leaf| change.remove.iter().any(|key| leaf.signature_key == key))
            .map(|leaf| leaf.index)
            .collect();
        let own = Sender::Member(self.group.own_leaf_index());
        let provider = &self.client.provider;
        let bundle = self
            .group
            .commit_builder()
            .force_self_update(true)
            .propose_removals(removed)
            .propose_adds(change.add)
            .load_psks(provider.storage())
            .map_err(failed)?
            .build(provider.rand(), provider.crypto(), &self.client.signer, |queued| {
                // Those of this Commit are no proposals that were sent before.
                *queued.sender() != own
                    || queued.proposal_or_ref_type() == ProposalOrRefType::Proposal
            })
            .map_err(failed)?
            .stage_commit(provider)
            .map_err(failed)?;
        let (message, welcome, _) = bundle.into_messages();
        let welcome = welcome.map(|welcome| welcome.to_bytes()).transpose().map_err(failed)?;
        let commit = Commit { message: message.to_bytes().map_err(failed)?.into(), welcome };
        self.pending = Some(commit.clone());
        Ok(commit)
    }

    /// Drops the own Commit, because another one came first or it cannot be sent.
    pub fn drop_commit(&mut self) -> Result<()> {
        self.pending = None;
        self.group.clear_pending_commit(self.client.provider.storage()).map_err(failed)
    }

    /// Encrypts an application message.
    pub fn encrypt(&mut self, plaintext: &[u8]) -> Result<Vec<u8>> {
        let provider = &self.client.provider;
        let message = self.group.create_message(provider, &self.client.signer, plaintext);
        message.map_err(failed)?.to_bytes().map_err(failed)
    }

    /// The proposal to remove this member.
    pub fn leave(&mut self) -> Result<Vec<u8>> {
        let message = self.group.leave_group(&self.client.provider, &self.client.signer);
        message.map_err(failed)?.to_bytes().map_err(failed)
    }

    /// Forgets the group and its keys.
    pub fn forget(mut self) -> Result<()> {
        self.group.delete(self.client.provider.storage()).map_err(failed)
    }

    /// Takes a message of this group; `bytes` are its encoding. What is refused changes nothing.
    pub fn receive(&mut self, bytes: &[u8], message: ProtocolMessage) -> Result<Received> {
        // Who was removed may be added again, by a Welcome that is still to come.
        let removed_here = message.epoch() == self.group.epoch() && !self.is_active();
        if message.epoch() > self.group.epoch() || removed_here {
            return Ok(Received::Future);
        }
        if message.is_handshake_message() && message.epoch() < self.group.epoch() {
            return Ok(Received::Nothing);
        }
        if self.pending.as_ref().is_some_and(|commit| *commit.message == *bytes) {
            self.pending = None;
            self.group.merge_pending_commit(&self.client.provider).map_err(failed)?;
            return Ok(Received::Epoch { from: None });
        }
        let processed = self
            .group
            .process_message(&self.client.provider, message)
            .map_err(|error| reject("undecryptable", error))?;
        self.take(processed)
    }

    fn take(&mut self, processed: ProcessedMessage) -> Result<Received> {
        let sender = processed.sender().clone();
        let epoch = processed.epoch().as_u64();
        let credential = processed.credential().clone();
        let from = BasicCredential::try_from(credential.clone())
            .map_err(|error| reject("credential", error))?
            .identity()
            .try_into()
            .map_err(|_| reject("credential", "an identity of another length"))?;
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                if self.group.members().all(|member| member.credential != credential) {
                    return Err(reject("not-a-member", "the sender was removed"));
                }
                Ok(Received::Application { from, epoch, plaintext: message.into_bytes() })
            }
            ProcessedMessageContent::ProposalMessage(proposal) => {
                check_proposal(&self.group, &proposal)?;
                let storage = self.client.provider.storage();
                self.group.store_pending_proposal(storage, *proposal).map_err(failed)?;
                Ok(Received::Proposal { from })
            }
            ProcessedMessageContent::StagedCommitMessage(commit) => {
                check_commit(&self.group, &sender, &commit)?;
                self.drop_commit()?;
                let provider = &self.client.provider;
                self.group.merge_staged_commit(provider, *commit).map_err(failed)?;
                Ok(Received::Epoch { from: Some(from) })
            }
            ProcessedMessageContent::OwnPrivateMessage => Ok(Received::Nothing),
            _ => Err(reject("invalid-commit", "a message of another kind")),
        }
    }
}
