//! What arrives: envelopes, Welcomes, messages of groups, and what is done with each.

use super::{ChannelId, Conversation, Messenger, Text, outbox::Outgoing};
use crate::sdk::{
    content,
    error::{Class, Error, Result},
    mls::{self, DIRECT_ID_LEN, Group, Incoming, Received},
    padding,
};
use openmls::prelude::{ProtocolMessage, Welcome};
use qpc_wire::{MethodId, client::v1::content::Body, v1};
use sha2::{Digest, Sha256};

/// Length of the ID of a group record.
const GROUP_ID_LEN: usize = 32;

/// Most messages kept for groups and epochs that have not begun.
const MOST_KEPT: usize = 1_000;

/// An MLSMessage, the channel on which it came and its seq there.
#[derive(Clone)]
pub struct Payload {
    channel: Option<ChannelId>,
    seq: u64,
    message: Vec<u8>,
}

/// The channel in the ID of a one-to-one group.
pub fn direct_channel(group_id: &[u8]) -> Option<ChannelId> {
    let (channel, generation) = group_id.split_first_chunk()?;
    (generation.len() == DIRECT_ID_LEN - channel.len()).then_some(*channel)
}

impl Messenger {
    /// Takes what a Fetch returned. A refusal is a fault and changes nothing.
    pub(super) fn process(&mut self, channel: Option<ChannelId>, envelope: v1::Envelope) {
        let digest = Sha256::digest(&envelope.data).into();
        if self.processed.contains(&digest) {
            let text = "a payload that was received before";
            self.faults.push(Error::staged(Class::MlsReject, "replayed", text));
            return;
        }
        let outcome = self
            .open_payload(envelope.data)
            .and_then(|message| self.take(Payload { channel, seq: envelope.seq, message }));
        match outcome {
            Ok(()) => drop(self.processed.insert(digest)),
            Err(error) => self.faults.push(error),
        }
    }

    /// The MLSMessage of a payload, out of its envelope if it has one.
    fn open_payload(&self, payload: Vec<u8>) -> Result<Vec<u8>> {
        match payload.first() {
            None | Some(0) => Ok(payload),
            Some(_) => self.keys.open(&payload),
        }
    }

    fn take(&mut self, payload: Payload) -> Result<()> {
        match mls::decode(&payload.message)? {
            Incoming::Welcome(welcome) => self.enter(*welcome),
            Incoming::Message(message) => self.receive(payload, *message),
        }
    }

    /// Enters the group of a Welcome; one that was left before is entered anew in a later epoch.
    fn enter(&mut self, welcome: Welcome) -> Result<()> {
        let conversations = &self.conversations;
        let group = Group::join(&self.client()?, welcome, |id, epoch| {
            let is_later = conversations.get(id).is_none_or(|known| {
                known.group.epoch() < epoch
                    || known.group.epoch() == epoch && !known.group.is_active()
            });
            match id.len() {
                DIRECT_ID_LEN | GROUP_ID_LEN if is_later => Ok(()),
                _ => Err(Error::staged(Class::MlsReject, "welcome", "a group that cannot be")),
            }
        })?;
        let id = group.id().to_vec();
        let former = self.conversations.remove(&id);
        let channel = former.as_ref().and_then(|former| former.channel);
        let mut conversation = Conversation::new(group, channel);
        let mut early = std::mem::take(&mut self.strays);
        if let Some(former) = former {
            conversation.outcome = former.planned.map(|_| false);
            early.extend(former.future);
        }
        self.conversations.insert(id, conversation);
        self.take_again(early);
        Ok(())
    }

    /// Learns the channels of conversations that were entered by a Welcome, and drops one-to-one
    /// groups that are not those of their channel.
    pub(super) async fn confirm_conversations(&mut self) -> Result<Vec<ChannelId>> {
        let unknown = self.conversations.iter().filter(|(_, known)| known.channel.is_none());
        let unknown: Vec<Vec<u8>> = unknown.map(|(id, _)| id.clone()).collect();
        let mut confirmed = Vec::new();
        for id in unknown {
            match self.find_channel(&id).await {
                Ok(channel) => {
                    if let Some(conversation) = self.conversations.get_mut(&id) {
                        conversation.channel = Some(channel);
                    }
                    confirmed.push(channel);
                }
                Err(error) if error.unreachable() => return Err(error),
                Err(error) => {
                    self.conversations.remove(&id);
                    self.faults.push(error);
                }
            }
        }
        Ok(confirmed)
    }

    async fn find_channel(&mut self, id: &[u8]) -> Result<ChannelId> {
        let expected = direct_channel(id);
        let request = if expected.is_some() {
            let others = self.conversations.get(id).map_or_else(Vec::new, |c| c.group.others());
            let [peer] = others.as_slice() else {
                return Err(Error::staged(Class::MlsReject, "welcome", "not a group of two"));
            };
            v1::CreateChannelRequest { peer_key: peer.to_vec(), ..Default::default() }
        } else {
            v1::CreateChannelRequest { group_id: id.to_vec(), ..Default::default() }
        };
        let channel = self.channel(&request).await?;
        if expected.is_some_and(|expected| expected != channel) {
            return Err(Error::staged(Class::MlsReject, "welcome", "the group of another channel"));
        }
        Ok(channel)
    }

    /// Calls CreateChannel.
    pub(super) async fn channel(
        &mut self,
        request: &v1::CreateChannelRequest,
    ) -> Result<ChannelId> {
        let answer: v1::CreateChannelResponse =
            self.session.call(MethodId::CreateChannel, request).await?;
        let id = answer.channel_id.try_into();
        id.map_err(|_| Error::new(Class::MessageDecode, "a channel ID has 16 bytes"))
    }

    fn receive(&mut self, payload: Payload, message: ProtocolMessage) -> Result<()> {
        let id = message.group_id().as_slice().to_vec();
        let Some(conversation) = self.conversations.get_mut(&id) else {
            // The Welcome of a new generation may be later than its first message.
            if direct_channel(&id) != payload.channel || self.strays.len() == MOST_KEPT {
                return Err(Error::staged(Class::MlsReject, "wrong-group", "an unknown group"));
            }
            self.strays.push(payload);
            return Ok(());
        };
        match conversation.group.receive(&payload.message, message)? {
            Received::Nothing | Received::Proposal { .. } => Ok(()),
            Received::Future => {
                if conversation.future.len() < MOST_KEPT {
                    conversation.future.push(payload);
                }
                Ok(())
            }
            Received::Application { from, plaintext, .. } => {
                let channel = conversation.channel.or(payload.channel).unwrap_or_default();
                let content = content::read(padding::unpad(&plaintext)?)?;
                if let Some(Body::Text(text)) = content.body {
                    self.texts.push_back(Text { channel, from, text, seq: payload.seq });
                }
                Ok(())
            }
            Received::Epoch { from } => self.epoch_began(&id, from.is_none()),
        }
    }

    /// Follows up on an own Commit, and tries again what came too early.
    fn epoch_began(&mut self, id: &[u8], own: bool) -> Result<()> {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return Ok(());
        };
        if let Some(planned) = conversation.planned.take() {
            conversation.outcome = Some(own);
            if own {
                self.outbox.extend(Outgoing::after_commit(id, planned)?);
            }
        }
        let future = std::mem::take(&mut conversation.future);
        self.take_again(future);
        Ok(())
    }

    fn take_again(&mut self, payloads: Vec<Payload>) {
        for payload in payloads {
            if let Err(error) = self.take(payload) {
                self.faults.push(error);
            }
        }
    }
}
