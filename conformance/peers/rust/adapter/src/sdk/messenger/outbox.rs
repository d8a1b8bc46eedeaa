//! What is to be sent, in order. What was tried once is repeated with the same bytes and message_id
//! (client.outbox).

use super::{Messenger, Planned};
use crate::sdk::{
    content,
    directory::IdentityKey,
    error::{Error, Result},
};
use qpc_wire::{MethodId, RpcStatus, v1};

/// Attempts at a message whose recipients changed meanwhile.
const ATTEMPTS: usize = 4;

/// A thing to send.
pub enum Outgoing {
    /// The own Commit of a group, to all members of its epoch.
    Commit { group_id: Vec<u8>, message: Vec<u8>, message_id: Vec<u8> },
    /// A Welcome, to the default queue of who was added.
    Welcome(v1::EnqueueRequest),
    /// A proposal, to the other members.
    Proposal(v1::BatchEnqueueRequest),
    /// RemoveMember of a group record.
    RemoveMember { group_id: Vec<u8>, member: IdentityKey },
    /// Padded content, and how it was encrypted last.
    Message {
        group_id: Vec<u8>,
        padded: Vec<u8>,
        message_id: Vec<u8>,
        encrypted: Option<Encrypted>,
    },
}

/// A request that may have reached the server.
#[derive(Clone)]
pub struct Encrypted {
    epoch: u64,
    request: Request,
}

#[derive(Clone)]
enum Request {
    One(v1::EnqueueRequest),
    Several(v1::BatchEnqueueRequest),
}

impl Outgoing {
    /// What is sent when a Commit has come first.
    pub fn after_commit(group_id: &[u8], planned: Planned) -> Result<Vec<Self>> {
        let mut outgoing = Vec::new();
        let welcome = planned.welcome.unwrap_or_default();
        for newcomer in planned.add {
            let payload = match newcomer.hybrid {
                None => welcome.clone(),
                Some(hybrid) => hybrid.seal(&[], &welcome)?,
            };
            outgoing.push(Self::Welcome(v1::EnqueueRequest {
                recipient_key: newcomer.key.to_vec(),
                payload,
                message_id: content::fresh_id().to_vec(),
                ..Default::default()
            }));
        }
        for member in planned.remove {
            outgoing.push(Self::RemoveMember { group_id: group_id.to_vec(), member });
        }
        Ok(outgoing)
    }
}

impl Messenger {
    /// Sends what waits, in order. What the server refuses is given up; what does not reach it stays.
    pub(super) async fn flush(&mut self) -> Result<()> {
        while let Some(mut outgoing) = self.outbox.pop_front() {
            match self.send_out(&mut outgoing).await {
                Ok(()) => {}
                Err(error) if error.unreachable() => {
                    self.outbox.push_front(outgoing);
                    return Err(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn send_out(&mut self, outgoing: &mut Outgoing) -> Result<()> {
        match outgoing {
            Outgoing::Commit { group_id, message, message_id } => {
                self.send_commit(group_id, message, message_id).await
            }
            Outgoing::Welcome(request) => self.enqueue(request).await,
            Outgoing::Proposal(request) => self.batch_enqueue(request).await,
            Outgoing::RemoveMember { group_id, member } => {
                let request = v1::RemoveMemberRequest {
                    group_id: group_id.clone(),
                    member_key: member.to_vec(),
                };
                let answer: Result<v1::RemoveMemberResponse> =
                    self.session.call(MethodId::RemoveMember, &request).await;
                answer.map(drop)
            }
            Outgoing::Message { group_id, padded, message_id, encrypted } => {
                self.send_message(group_id, padded, message_id, encrypted).await
            }
        }
    }

    /// Sends the Commit that is pending; one that has been overtaken is not sent any more.
    async fn send_commit(&mut self, id: &[u8], message: &[u8], message_id: &[u8]) -> Result<()> {
        let Some(conversation) = self.conversations.get(id) else {
            return Ok(());
        };
        if conversation.group.pending().is_none_or(|pending| *pending.message != *message) {
            return Ok(());
        }
        let request = v1::BatchEnqueueRequest {
            recipient_keys: conversation.group.members().iter().map(|key| key.to_vec()).collect(),
            payload: message.to_vec(),
            channel_id: conversation.channel.map(Vec::from).unwrap_or_default(),
            message_id: message_id.to_vec(),
            ..Default::default()
        };
        self.batch_enqueue(&request).await
    }

    /// Sends a message, encrypted for the members of the epoch; Forbidden says that they changed.
    async fn send_message(
        &mut self,
        id: &[u8],
        padded: &[u8],
        message_id: &[u8],
        encrypted: &mut Option<Encrypted>,
    ) -> Result<()> {
        const FORBIDDEN: Option<u8> = Some(RpcStatus::Forbidden as u8);
        for attempt in 1.. {
            self.settle_proposals(id).await?;
            let epoch = self.conversations.get(id).map(|conversation| conversation.group.epoch());
            let current = encrypted.take().filter(|former| Some(former.epoch) == epoch);
            let current = match current {
                Some(current) => current,
                None => self.encrypt(id, padded, message_id).await?,
            };
            *encrypted = Some(current.clone());
            let sent = match &current.request {
                Request::One(request) => self.enqueue(request).await,
                Request::Several(request) => self.batch_enqueue(request).await,
            };
            match sent {
                Err(error) if error.status == FORBIDDEN && attempt < ATTEMPTS => {
                    let channel = self.conversations.get(id).and_then(|known| known.channel);
                    self.drain(channel).await?;
                }
                sent => return sent,
            }
        }
        Ok(())
    }

    async fn encrypt(&mut self, id: &[u8], padded: &[u8], message_id: &[u8]) -> Result<Encrypted> {
        let unknown = || Error::local("the conversation has ended");
        let others = self.conversations.get(id).ok_or_else(unknown)?.group.others();
        for member in &others {
            self.directory.verify_key(&mut self.session, member).await?;
        }
        let conversation = self.conversations.get_mut(id).ok_or_else(unknown)?;
        let epoch = conversation.group.epoch();
        let channel_id = conversation.channel.map(Vec::from).unwrap_or_default();
        let message = conversation.group.encrypt(padded)?;
        let message_id = message_id.to_vec();
        let request = match others.as_slice() {
            [] => return Err(Error::local("nobody else is in the group")),
            [recipient] => Request::One(v1::EnqueueRequest {
                recipient_key: recipient.to_vec(),
                payload: self.seal(recipient, &message).await?,
                channel_id,
                message_id,
                ..Default::default()
            }),
            _ => Request::Several(v1::BatchEnqueueRequest {
                recipient_keys: others.iter().map(|key| key.to_vec()).collect(),
                payload: message,
                channel_id,
                message_id,
                ..Default::default()
            }),
        };
        Ok(Encrypted { epoch, request })
    }

    /// `message` in an envelope for its only recipient, if that has a hybrid key.
    async fn seal(&mut self, recipient: &IdentityKey, message: &[u8]) -> Result<Vec<u8>> {
        match self.keys.hybrid_of(&mut self.session, recipient).await? {
            None => Ok(message.to_vec()),
            Some(key) => key.seal(&[], message),
        }
    }

    async fn enqueue(&mut self, request: &v1::EnqueueRequest) -> Result<()> {
        let answer: Result<v1::EnqueueResponse> =
            self.session.call(MethodId::Enqueue, request).await;
        answer.map(drop)
    }

    async fn batch_enqueue(&mut self, request: &v1::BatchEnqueueRequest) -> Result<()> {
        let answer: Result<v1::BatchEnqueueResponse> =
            self.session.call(MethodId::BatchEnqueue, request).await;
        answer.map(drop)
    }
}
