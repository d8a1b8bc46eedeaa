//! Methods 200 and 205: messages on their way into inboxes (spec/services/delivery.md).

use ed25519_dalek::{Signer, SigningKey};
use qpc_wire::{
    RpcStatus,
    lengths::{CHANNEL_ID, IDENTITY_KEY, MESSAGE_ID},
    v1::{BatchEnqueueRequest, BatchEnqueueResponse, EnqueueRequest, EnqueueResponse},
};
use sha2::{Digest, Sha256};

use crate::{
    dispatch::{Call, SenderMethod},
    inbox::{self, Idempotency, Letter},
    refusal::{Refusal, require},
    server::Server,
    sessions::Session,
};

const MOST_RECIPIENTS: usize = 1000;
const MOST_BATCH_BYTES: usize = 64 << 20;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const DEFAULT_TTL_MS: u64 = 30 * DAY_MS;
const LONGEST_TTL_MS: u64 = 90 * DAY_MS;
/// How long a message_id is remembered at least (delivery.dedup-window).
const DEDUP_MS: u64 = DAY_MS;

const PROOF_LABEL: &[u8] = b"qpc delivery proof v1";

impl SenderMethod for EnqueueRequest {
    type Response = EnqueueResponse;

    async fn handle(
        self,
        call: &Call,
        sender: Option<&Session>,
    ) -> Result<EnqueueResponse, Refusal> {
        let server = &call.server;
        require(self.recipient_key.len() == IDENTITY_KEY, "delivery.recipient-key")?;
        let recipient_key = self.recipient_key;
        let letter = Outgoing {
            payload: self.payload,
            channel_id: self.channel_id,
            ttl_secs: self.ttl_secs,
            message_id: self.message_id,
        }
        .checked(sender, server.clock.now_ms())?;
        existing_channel(&letter.channel_id)?;
        let (stored, recipient_key, letter) = server
            .store
            .run(move |db| {
                let stored = inbox::store(db, &recipient_key, &letter)?;
                Ok((stored, recipient_key, letter))
            })
            .await?;
        let mut delivery_proof = Vec::new();
        if !stored.is_duplicate {
            announce(server, &recipient_key, &letter, stored.seq);
            if let Some(key) = &server.signing_key {
                delivery_proof = prove(key, &recipient_key, &letter, stored.seq);
            }
        }
        Ok(EnqueueResponse { seq: stored.seq, delivery_proof, duplicate: stored.is_duplicate })
    }
}

impl SenderMethod for BatchEnqueueRequest {
    type Response = BatchEnqueueResponse;

    fn items(&self) -> usize {
        self.recipient_keys.len()
    }

    async fn handle(
        self,
        call: &Call,
        sender: Option<&Session>,
    ) -> Result<BatchEnqueueResponse, Refusal> {
        let server = &call.server;
        let recipient_keys = self.recipient_keys;
        require(!recipient_keys.is_empty(), "delivery.batch-not-empty")?;
        require(recipient_keys.len() <= MOST_RECIPIENTS, "BATCH_TOO_LARGE")?;
        let is_key = |key: &Vec<u8>| key.len() == IDENTITY_KEY;
        require(recipient_keys.iter().all(is_key), "delivery.recipient-key")?;
        let letter = Outgoing {
            payload: self.payload,
            channel_id: self.channel_id,
            ttl_secs: self.ttl_secs,
            message_id: self.message_id,
        }
        .checked(sender, server.clock.now_ms())?;
        let bytes = recipient_keys.len() * letter.payload.len();
        require(bytes <= MOST_BATCH_BYTES, "BATCH_TOO_LARGE")?;
        existing_channel(&letter.channel_id)?;
        let (stored, recipient_keys, letter) = server
            .store
            .run(move |db| {
                let store = |key: &Vec<u8>| inbox::store(db, key, &letter);
                let stored = recipient_keys.iter().map(store).collect::<Result<Vec<_>, _>>()?;
                Ok((stored, recipient_keys, letter))
            })
            .await?;
        for (recipient_key, stored) in recipient_keys.iter().zip(&stored) {
            if !stored.is_duplicate {
                announce(server, recipient_key, &letter, stored.seq);
            }
        }
        Ok(BatchEnqueueResponse { seqs: stored.iter().map(|one| one.seq).collect() })
    }
}

/// The fields that both methods have.
struct Outgoing {
    payload: Vec<u8>,
    channel_id: Vec<u8>,
    ttl_secs: u32,
    message_id: Vec<u8>,
}

impl Outgoing {
    fn checked(self, sender: Option<&Session>, now_ms: u64) -> Result<Letter, Refusal> {
        require(!self.payload.is_empty(), "delivery.payload-not-empty")?;
        check_channel_id(&self.channel_id)?;
        let has_id = !self.message_id.is_empty();
        require(!has_id || self.message_id.len() == MESSAGE_ID, "delivery.message-id-length")?;
        let ttl_ms = match u64::from(self.ttl_secs) * 1000 {
            0 => DEFAULT_TTL_MS,
            ms => ms.min(LONGEST_TTL_MS),
        };
        Ok(Letter {
            channel_id: self.channel_id,
            payload: self.payload,
            sent_ms: now_ms,
            expires_ms: now_ms + ttl_ms,
            idempotency: has_id.then(|| Idempotency {
                message_id: self.message_id,
                sender: sender.map(|session| session.identity),
                expires_ms: now_ms + ttl_ms.max(DEDUP_MS),
            }),
        })
    }
}

/// delivery.channel-id-length.
pub fn check_channel_id(channel_id: &[u8]) -> Result<(), Refusal> {
    require(channel_id.is_empty() || channel_id.len() == CHANNEL_ID, "delivery.channel-id-length")
}

/// No method of this server makes a channel, so there is the default one only
/// (delivery.channel-unknown).
pub fn existing_channel(channel_id: &[u8]) -> Result<(), Refusal> {
    if channel_id.is_empty() {
        Ok(())
    } else {
        Err(Refusal::new(RpcStatus::NotFound, "delivery.channel-unknown"))
    }
}

/// Wakes the waits on the inbox and pushes the event.
fn announce(server: &Server, recipient_key: &[u8], letter: &Letter, seq: u64) {
    server.waits.wake(recipient_key, &letter.channel_id);
    if server.pushes {
        let now_ms = server.clock.now_ms();
        server.events.announce(recipient_key, &letter.channel_id, seq, &letter.payload, now_ms);
    }
}

/// Signs that a message was stored (delivery.delivery-proof): time_ms and the signature.
fn prove(key: &SigningKey, recipient_key: &[u8], letter: &Letter, seq: u64) -> Vec<u8> {
    let time_ms = letter.sent_ms.to_be_bytes();
    let channel_length = u8::try_from(letter.channel_id.len()).unwrap_or(u8::MAX);
    let signed = [
        PROOF_LABEL,
        &[channel_length],
        &letter.channel_id,
        recipient_key,
        &seq.to_be_bytes(),
        &Sha256::digest(&letter.payload),
        &time_ms,
    ]
    .concat();
    [time_ms.as_slice(), &key.sign(&signed).to_bytes()].concat()
}
