//! The conversations of one user: what is fetched, kept and sent, in the order of
//! spec/client/client.md.

mod commits;
mod groups;
mod incoming;
mod outbox;

use super::{
    account,
    connection::Server,
    directory::{Directory, IdentityKey},
    envelope::PublicKey1216,
    error::{Error, Result},
    keys::Keys,
    mls::{Client, Group},
    session::Session,
};
use outbox::Outgoing;
use qpc_wire::{MethodId, v1};
use rand::{RngCore, rngs::OsRng};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

/// The ID of a channel.
pub type ChannelId = [u8; 16];

/// The highest seq that is remembered (client.seq-bound).
const HIGHEST_SEQ: u64 = i64::MAX as u64;

/// A text message that was received.
pub struct Text {
    pub channel: ChannelId,
    pub from: IdentityKey,
    pub text: String,
    pub seq: u64,
}

/// Everything that a user has: account, keys, conversations, what arrived and what is to be sent.
pub struct Messenger {
    pub session: Session,
    pub directory: Directory,
    pub keys: Keys,
    client: Option<Arc<Client>>,
    conversations: BTreeMap<Vec<u8>, Conversation>,
    outbox: VecDeque<Outgoing>,
    /// The highest seq of each queue that was processed.
    cursors: HashMap<Option<ChannelId>, u64>,
    /// SHA-256 of the payloads that were processed.
    processed: HashSet<[u8; 32]>,
    /// Messages of groups that this user has not entered.
    strays: Vec<incoming::Payload>,
    texts: VecDeque<Text>,
    faults: Vec<Error>,
}

/// A group, and the channel of its conversation as soon as it is known.
struct Conversation {
    group: Group,
    channel: Option<ChannelId>,
    future: Vec<incoming::Payload>,
    planned: Option<Planned>,
    /// How the last own Commit ended: whether it came first.
    outcome: Option<bool>,
}

/// What follows when an own Commit has come first.
struct Planned {
    add: Vec<Newcomer>,
    remove: Vec<IdentityKey>,
    welcome: Option<Vec<u8>>,
}

/// Who is added to a group, and the key to seal the Welcome for.
struct Newcomer {
    key: IdentityKey,
    hybrid: Option<PublicKey1216>,
}

impl Conversation {
    fn new(group: Group, channel: Option<ChannelId>) -> Self {
        Self { group, channel, future: Vec::new(), planned: None, outcome: None }
    }
}

impl Messenger {
    /// A user without an account, whose server is `server`.
    pub fn new(server: Server) -> Self {
        Self {
            session: Session::new(server),
            directory: Directory::default(),
            keys: Keys::default(),
            client: None,
            conversations: BTreeMap::new(),
            outbox: VecDeque::new(),
            cursors: HashMap::new(),
            processed: HashSet::new(),
            strays: Vec::new(),
            texts: VecDeque::new(),
            faults: Vec::new(),
        }
    }

    /// Makes an identity, of `seed` if it is given, registers it and logs in.
    pub async fn register(
        &mut self,
        username: &str,
        password: &str,
        seed: Option<[u8; 32]>,
    ) -> Result<IdentityKey> {
        let client = Client::new(seed.unwrap_or_else(|| {
            let mut fresh = [0; 32];
            OsRng.fill_bytes(&mut fresh);
            fresh
        }));
        let key = client.identity_key;
        account::register(&mut self.session, username, password.as_bytes(), &key).await?;
        self.client = Some(Arc::new(client));
        self.login(username, password, None).await?;
        Ok(key)
    }

    /// Logs in with the local identity, or with that of `seed`.
    pub async fn login(
        &mut self,
        username: &str,
        password: &str,
        seed: Option<[u8; 32]>,
    ) -> Result<()> {
        if let Some(seed) = seed.filter(|seed| self.client.as_ref().is_none_or(|c| c.seed != *seed))
        {
            self.client = Some(Arc::new(Client::new(seed)));
        }
        let client = self.client()?;
        let key = client.identity_key;
        account::login(&mut self.session, username, password.as_bytes(), &key).await?;
        self.keys.refresh(&mut self.session, &client).await
    }

    /// Uploads `count` KeyPackages and the hybrid key.
    pub async fn publish(&mut self, count: usize) -> Result<()> {
        let client = self.client()?;
        self.keys.publish(&mut self.session, &client, count).await
    }

    /// The key of `username`, verified against the log.
    pub async fn verify(&mut self, username: &str) -> Result<IdentityKey> {
        self.directory.verify(&mut self.session, username).await
    }

    /// The texts and faults that nobody has taken yet.
    pub fn take_received(&mut self, texts: &mut Vec<Text>, want: usize, faults: &mut Vec<Error>) {
        let count = want.saturating_sub(texts.len()).min(self.texts.len());
        texts.extend(self.texts.drain(..count));
        faults.append(&mut self.faults);
    }

    /// Fetches from all queues, and sends what waits.
    pub async fn sync(&mut self) -> Result<()> {
        // A Welcome to a known group is judged by the epoch that the group is in by now.
        for channel in self.channels() {
            self.drain(Some(channel)).await?;
        }
        self.drain(None).await?;
        self.commit_departures().await?;
        self.flush().await
    }

    fn channels(&self) -> HashSet<ChannelId> {
        self.conversations.values().filter_map(|conversation| conversation.channel).collect()
    }

    fn client(&self) -> Result<Arc<Client>> {
        self.client.clone().ok_or_else(|| Error::local("the user has no identity"))
    }

    /// Fetches, processes and acknowledges until a queue has nothing new. A message that is still
    /// there after its Ack, or without one, is not looked at again.
    async fn drain(&mut self, channel: Option<ChannelId>) -> Result<()> {
        let owner = self.client()?.identity_key.to_vec();
        let channel_id = channel.map(Vec::from).unwrap_or_default();
        loop {
            let request = v1::FetchRequest {
                recipient_key: owner.clone(),
                channel_id: channel_id.clone(),
                ..Default::default()
            };
            let answer: v1::FetchResponse = self.session.call(MethodId::Fetch, &request).await?;
            if answer.payloads.is_empty() || !self.process_all(channel, answer.payloads).await? {
                return Ok(());
            }
            let request = v1::AckRequest {
                recipient_key: owner.clone(),
                channel_id: channel_id.clone(),
                seq_up_to: self.cursor(channel),
                ..Default::default()
            };
            match self.session.call(MethodId::Ack, &request).await {
                // What is not acknowledged comes again.
                Ok(v1::AckResponse {}) | Err(Error { status: Some(_), .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Processes what is new, in ascending seq; whether anything was. What a group that was entered
    /// has on its channel comes before the next Welcome: it may be one to the same group.
    async fn process_all(
        &mut self,
        channel: Option<ChannelId>,
        envelopes: Vec<v1::Envelope>,
    ) -> Result<bool> {
        let mut envelopes = envelopes;
        envelopes.sort_by_key(|envelope| envelope.seq);
        let before = self.cursor(channel);
        for envelope in envelopes {
            if envelope.seq > HIGHEST_SEQ {
                self.faults.push(Error::local("a message with an impossible seq"));
            } else if envelope.seq > self.cursor(channel) {
                self.cursors.insert(channel, envelope.seq);
                self.process(channel, envelope);
            }
            for entered in self.confirm_conversations().await? {
                if channel != Some(entered) {
                    Box::pin(self.drain(Some(entered))).await?;
                }
            }
        }
        Ok(self.cursor(channel) > before)
    }

    /// The highest seq of a queue that was processed.
    fn cursor(&self, channel: Option<ChannelId>) -> u64 {
        self.cursors.get(&channel).copied().unwrap_or_default()
    }
}
