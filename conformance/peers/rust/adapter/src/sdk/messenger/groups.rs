//! Conversations that a user begins and changes, and what it sends there.

use super::{
    ChannelId, Conversation, Messenger, Newcomer, incoming::direct_channel, outbox::Outgoing,
};
use crate::sdk::{
    content,
    directory::IdentityKey,
    error::{Error, Result},
    mls::Change,
    padding,
};
use qpc_wire::v1;
use rand::{RngCore, rngs::OsRng};

/// The state of a group, as its members agree on it.
pub struct GroupState {
    pub epoch: u64,
    pub members: Vec<IdentityKey>,
    pub authenticator: Vec<u8>,
}

impl Messenger {
    /// Begins the one-to-one conversation with `username`, unless there is one.
    pub async fn create_channel(&mut self, username: &str) -> Result<ChannelId> {
        let peer = self.verify(username).await?;
        let request = v1::CreateChannelRequest { peer_key: peer.to_vec(), ..Default::default() };
        let channel = self.channel(&request).await?;
        self.sync().await?;
        if self.conversation_of(channel).is_ok() {
            return Ok(channel);
        }
        let id = self.direct_group_id(channel, &peer)?;
        let (newcomers, change) = self.invite(&[peer]).await?;
        self.found(&id, channel, change, newcomers).await?;
        Ok(channel)
    }

    /// Founds a group with `usernames`.
    pub async fn create_group(&mut self, usernames: &[&str]) -> Result<ChannelId> {
        let mut id = vec![0; 32];
        OsRng.fill_bytes(&mut id);
        let keys = self.verify_all(usernames).await?;
        let (newcomers, change) = self.invite(&keys).await?;
        let request = v1::CreateChannelRequest {
            group_id: id.clone(),
            member_keys: keys.iter().map(|key| key.to_vec()).collect(),
            ..Default::default()
        };
        let channel = self.channel(&request).await?;
        self.found(&id, channel, change, newcomers).await?;
        Ok(channel)
    }

    /// Adds users to a group; whether the Commit came first.
    pub async fn add(&mut self, channel: ChannelId, usernames: &[&str]) -> Result<bool> {
        self.sync().await?;
        let id = self.conversation_of(channel)?;
        let keys = self.verify_all(usernames).await?;
        let (newcomers, mut change) = self.invite(&keys).await?;
        let members = self.conversation(&id)?.group.members();
        change.remove = keys.iter().filter(|key| members.contains(key)).copied().collect();
        if direct_channel(&id).is_none() {
            let request = v1::CreateChannelRequest {
                group_id: id.clone(),
                member_keys: keys.iter().map(|key| key.to_vec()).collect(),
                ..Default::default()
            };
            self.channel(&request).await?;
        }
        self.commit(&id, change, newcomers).await
    }

    /// Removes a user from a group; whether the Commit came first.
    pub async fn remove(&mut self, channel: ChannelId, username: &str) -> Result<bool> {
        self.sync().await?;
        let id = self.conversation_of(channel)?;
        let key = self.verify(username).await?;
        if !self.conversation(&id)?.group.others().contains(&key) {
            return Err(Error::local("the user is no other member of the group"));
        }
        self.commit(&id, Change { add: Vec::new(), remove: vec![key] }, Vec::new()).await
    }

    /// Renews the own keys in a group; whether the Commit came first.
    pub async fn rotate(&mut self, channel: ChannelId) -> Result<bool> {
        self.sync().await?;
        let id = self.conversation_of(channel)?;
        self.commit(&id, Change::default(), Vec::new()).await
    }

    /// Asks the others to remove this user from a group.
    pub async fn leave(&mut self, channel: ChannelId) -> Result<()> {
        self.sync().await?;
        let id = self.conversation_of(channel)?;
        self.settle_proposals(&id).await?;
        let group = &mut self.conversation(&id)?.group;
        let request = v1::BatchEnqueueRequest {
            recipient_keys: group.others().iter().map(|key| key.to_vec()).collect(),
            payload: group.leave()?,
            channel_id: channel.to_vec(),
            message_id: content::fresh_id().to_vec(),
            ..Default::default()
        };
        self.outbox.push_back(Outgoing::Proposal(request));
        self.flush().await
    }

    /// Epoch, members and authenticator of a group.
    pub async fn group_state(&mut self, channel: ChannelId) -> Result<GroupState> {
        self.sync().await?;
        let id = self.conversation_of(channel)?;
        let group = &self.conversation(&id)?.group;
        let mut members = group.members();
        members.sort_unstable();
        Ok(GroupState { epoch: group.epoch(), members, authenticator: group.authenticator() })
    }

    /// Sends a text; the flag says that it waits in the outbox.
    pub async fn send(&mut self, channel: ChannelId, text: &str) -> Result<(Vec<u8>, bool)> {
        let synced = self.sync().await;
        if let Some(error) = synced.as_ref().err().filter(|error| !error.unreachable()) {
            return Err(error.clone());
        }
        let group_id = self.conversation_of(channel)?;
        let message_id = content::fresh_id().to_vec();
        let padded = padding::pad(&content::text(&message_id, text)?)?;
        self.outbox.push_back(Outgoing::Message {
            group_id,
            padded,
            message_id: message_id.clone(),
            encrypted: None,
        });
        if synced.is_err() {
            return Ok((message_id, true));
        }
        match self.flush().await {
            Ok(()) => Ok((message_id, false)),
            Err(error) if error.unreachable() => Ok((message_id, true)),
            Err(error) => Err(error),
        }
    }

    /// The keys of users to add, each verified.
    async fn verify_all(&mut self, usernames: &[&str]) -> Result<Vec<IdentityKey>> {
        let own = self.client()?.identity_key;
        let mut keys = Vec::new();
        for username in usernames {
            let key = self.verify(username).await?;
            if key == own || keys.contains(&key) {
                return Err(Error::local("a user who is there already"));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// KeyPackages and hybrid keys of whom to add.
    async fn invite(&mut self, keys: &[IdentityKey]) -> Result<(Vec<Newcomer>, Change)> {
        let mut newcomers = Vec::new();
        let mut change = Change::default();
        for key in keys {
            change.add.push(self.keys.take_package(&mut self.session, key).await?);
            let hybrid = self.keys.hybrid_of(&mut self.session, key).await?;
            newcomers.push(Newcomer { key: *key, hybrid });
        }
        Ok((newcomers, change))
    }

    /// Channel and generation: above all known ones, even when the own key is the smaller one.
    fn direct_group_id(&self, channel: ChannelId, peer: &IdentityKey) -> Result<Vec<u8>> {
        let parity = u32::from(self.client()?.identity_key > *peer);
        let known = self.generations(channel).max();
        let generation = known.map_or(Some(parity), |known| {
            let next = known.checked_add(1)?;
            next.checked_add(u32::from(next % 2 != parity))
        });
        let generation = generation.ok_or_else(|| Error::local("no generation is left"))?;
        Ok([channel.as_slice(), &generation.to_be_bytes()].concat())
    }

    fn generations(&self, channel: ChannelId) -> impl Iterator<Item = u32> {
        self.conversations
            .keys()
            .filter(move |id| direct_channel(id) == Some(channel))
            .filter_map(|id| id.last_chunk().map(|bytes| u32::from_be_bytes(*bytes)))
    }

    /// The group of a channel: of several generations the highest.
    fn conversation_of(&self, channel: ChannelId) -> Result<Vec<u8>> {
        let here = self
            .conversations
            .iter()
            .filter(|(_, known)| known.channel == Some(channel) && known.group.is_active());
        // Group IDs of one channel differ in the generation alone, which is big-endian.
        let last = here.map(|(id, _)| id).next_back();
        last.cloned().ok_or_else(|| Error::local("no conversation on this channel"))
    }

    pub(super) fn conversation(&mut self, id: &[u8]) -> Result<&mut Conversation> {
        self.conversations.get_mut(id).ok_or_else(|| Error::local("no such conversation"))
    }
}
