//! Commits of this user: each goes by one batch, and counts when it comes back first
//! (spec/client/client.md).

use super::{ChannelId, Conversation, Messenger, Newcomer, Planned, outbox::Outgoing};
use crate::sdk::{
    content,
    error::{Error, Result},
    mls::{Change, Group},
};
use qpc_wire::RpcStatus;

/// Looks for an own Commit after it was sent; a batch is in every inbox when it is answered.
const LOOKS: usize = 5;

impl Messenger {
    /// Commits the proposals of others before anything else is sent in their epoch.
    pub(super) async fn settle_proposals(&mut self, id: &[u8]) -> Result<()> {
        let own = self.client()?.identity_key;
        let Some(group) = self.conversations.get(id).map(|known| &known.group) else {
            return Ok(());
        };
        if group.leaving().contains(&own) {
            return Err(Error::local("the user has left the group"));
        }
        if group.has_proposals() {
            Box::pin(self.commit(id, Change::default(), Vec::new())).await?;
        }
        Ok(())
    }

    /// Commits proposals to leave where that is up to this member.
    pub(super) async fn commit_departures(&mut self) -> Result<()> {
        let due = self.conversations.iter().filter(|(_, known)| {
            known.planned.is_none() && known.group.is_active() && known.group.commits_departures()
        });
        let due: Vec<Vec<u8>> = due.map(|(id, _)| id.clone()).collect();
        for id in due {
            Box::pin(self.commit(&id, Change::default(), Vec::new())).await?;
        }
        Ok(())
    }

    /// Founds a group and makes its first Commit. What does not come about is forgotten.
    pub(super) async fn found(
        &mut self,
        id: &[u8],
        channel: ChannelId,
        change: Change,
        newcomers: Vec<Newcomer>,
    ) -> Result<()> {
        let group = Group::create(&self.client()?, id)?;
        self.conversations.insert(id.to_vec(), Conversation::new(group, Some(channel)));
        if change.add.is_empty() {
            return Ok(());
        }
        let committed = self.commit(id, change, newcomers).await;
        if committed.as_ref().is_ok_and(|first| *first) {
            return Ok(());
        }
        if let Some(conversation) = self.conversations.remove(id) {
            conversation.group.forget()?;
        }
        committed.and(Err(Error::local("another Commit came first")))
    }

    /// Sends a Commit and waits until one has come back; whether it was this one. `add` are the
    /// owners of the KeyPackages of `change`.
    pub(super) async fn commit(
        &mut self,
        id: &[u8],
        change: Change,
        add: Vec<Newcomer>,
    ) -> Result<bool> {
        const FORBIDDEN: Option<u8> = Some(RpcStatus::Forbidden as u8);
        let conversation = self.conversation(id)?;
        if conversation.planned.is_some() {
            return Err(Error::local("another Commit is under way"));
        }
        let mut remove = change.remove.clone();
        remove.retain(|key| add.iter().all(|newcomer| newcomer.key != *key));
        let before = conversation.group.members();
        let commit = conversation.group.commit(change)?;
        remove.extend(conversation.group.leaving().iter().filter(|key| before.contains(key)));
        let channel = conversation.channel;
        conversation.outcome = None;
        conversation.planned = Some(Planned { add, remove, welcome: commit.welcome.clone() });
        self.outbox.push_back(Outgoing::Commit {
            group_id: id.to_vec(),
            message: commit.message.to_vec(),
            message_id: content::fresh_id().to_vec(),
        });
        let sent = Box::pin(self.flush()).await;
        if let Some(error) = sent.as_ref().err().filter(|error| error.status != FORBIDDEN) {
            self.give_up(id, error)?;
        }
        for _ in 0..LOOKS {
            self.drain(channel).await?;
            if let Some(first) = self.conversation(id)?.outcome.take() {
                Box::pin(self.flush()).await?;
                return Ok(first);
            }
        }
        self.give_up(id, &sent.err().unwrap_or_else(|| Error::local("no Commit came back")))?;
        Ok(false)
    }

    /// Drops a Commit that the server refused; one that may have reached it stays.
    fn give_up(&mut self, id: &[u8], error: &Error) -> Result<()> {
        if !error.unreachable() {
            let conversation = self.conversation(id)?;
            conversation.planned = None;
            conversation.group.drop_commit()?;
        }
        Err(error.clone())
    }
}
