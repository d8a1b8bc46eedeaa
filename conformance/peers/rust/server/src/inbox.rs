//! The queues of spec/services/delivery.md as rows: what one recipient holds on one channel. All
//! functions run within a job of the store.

use qpc_wire::{Message, frame::MAX_PAYLOAD, v1::Envelope};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::{refusal::Refusal, sessions::IdentityKey};

const MOST_MESSAGES: u64 = 10_000;
const MOST_BYTES: u64 = 256 << 20;

const FULL: Refusal = Refusal::rate_limited("delivery.inbox-cap", 0);

/// A message for one or several inboxes of one channel.
pub struct Letter {
    pub channel_id: Vec<u8>,
    pub payload: Vec<u8>,
    pub sent_ms: u64,
    pub expires_ms: u64,
    pub idempotency: Option<Idempotency>,
}

/// Under which key a message is recognised when it is sent again.
pub struct Idempotency {
    pub message_id: Vec<u8>,
    /// `None` for all who send without a session.
    pub sender: Option<IdentityKey>,
    pub expires_ms: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    pub seq: u64,
    /// The message was there before, and nothing was stored.
    pub is_duplicate: bool,
}

/// Appends a letter to the inbox of a recipient, or finds the first copy of it.
pub fn store(db: &Connection, recipient_key: &[u8], letter: &Letter) -> Result<Stored, Refusal> {
    let seen = letter.idempotency.as_ref().map(|key| (key.hash(recipient_key, letter), key));
    if let Some((id, _)) = &seen {
        let find = "SELECT seq FROM seen_messages WHERE id = ?1 AND expires_ms > ?2";
        let first = db
            .prepare_cached(find)?
            .query_row((id, letter.sent_ms), |row| row.get(0))
            .optional()?;
        if let Some(seq) = first {
            return Ok(Stored { seq, is_duplicate: true });
        }
    }
    let inbox = make_room(db, recipient_key, letter)?;
    let seq = db
        .prepare_cached(
            "UPDATE inboxes SET last_seq = last_seq + 1 WHERE id = ?1 RETURNING last_seq",
        )?
        .query_row([inbox], |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO messages (inbox, seq, expires_ms, payload) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((inbox, seq, letter.expires_ms, &letter.payload))?;
    if let Some((id, key)) = seen {
        db.prepare_cached(
            "INSERT OR REPLACE INTO seen_messages (id, seq, expires_ms) VALUES (?1, ?2, ?3)",
        )?
        .execute((id, seq, key.expires_ms))?;
    }
    Ok(Stored { seq, is_duplicate: false })
}

/// Answers the row of an inbox that has room for the letter (delivery.inbox-cap).
fn make_room(db: &Connection, recipient_key: &[u8], letter: &Letter) -> Result<i64, Refusal> {
    db.prepare_cached(
        "INSERT INTO inboxes (recipient_key, channel_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?
    .execute((recipient_key, &letter.channel_id))?;
    let mut find = db.prepare_cached(
        "SELECT id, messages, bytes FROM inboxes WHERE recipient_key = ?1 AND channel_id = ?2",
    )?;
    let mut look = || {
        find.query_row((recipient_key, &letter.channel_id), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
    };
    let added = u64::try_from(letter.payload.len()).unwrap_or(u64::MAX);
    let is_full =
        |messages: u64, bytes: u64| messages >= MOST_MESSAGES || bytes + added > MOST_BYTES;
    let (inbox, messages, bytes) = look()?;
    if !is_full(messages, bytes) {
        return Ok(inbox);
    }
    db.prepare_cached("DELETE FROM messages WHERE inbox = ?1 AND expires_ms <= ?2")?
        .execute((inbox, letter.sent_ms))?;
    let (_, messages, bytes): (i64, _, _) = look()?;
    if is_full(messages, bytes) { Err(FULL) } else { Ok(inbox) }
}

/// Answers the longest prefix of an inbox that respects the limit and fits one frame
/// (delivery.prefix).
pub fn read(
    db: &Connection,
    recipient_key: &[u8],
    channel_id: &[u8],
    limit: u32,
    now_ms: u64,
) -> Result<Vec<Envelope>, Refusal> {
    let mut find = db.prepare_cached(
        "SELECT seq, payload FROM messages
         WHERE inbox = (SELECT id FROM inboxes WHERE recipient_key = ?1 AND channel_id = ?2)
           AND expires_ms > ?3
         ORDER BY seq LIMIT ?4",
    )?;
    let mut rows = find.query((recipient_key, channel_id, now_ms, limit))?;
    let mut envelopes = Vec::new();
    let mut room = MAX_PAYLOAD;
    while let Some(row) = rows.next()? {
        let envelope = Envelope { seq: row.get(0)?, data: row.get(1)? };
        // As an element of field 1: a tag of one byte, the length, the message.
        let length = envelope.encoded_len();
        let taken = 1 + prost::length_delimiter_len(length) + length;
        if taken > room {
            break;
        }
        room -= taken;
        envelopes.push(envelope);
    }
    Ok(envelopes)
}

/// Removes every message up to a seq (delivery.ack-cumulative).
pub fn acknowledge(
    db: &Connection,
    recipient_key: &[u8],
    channel_id: &[u8],
    seq_up_to: u64,
) -> Result<(), Refusal> {
    let seq_up_to = i64::try_from(seq_up_to).unwrap_or(i64::MAX);
    db.prepare_cached(
        "DELETE FROM messages
         WHERE inbox = (SELECT id FROM inboxes WHERE recipient_key = ?1 AND channel_id = ?2)
           AND seq <= ?3",
    )?
    .execute((recipient_key, channel_id, seq_up_to))?;
    Ok(())
}

impl Idempotency {
    /// One hash for sender, recipient, channel and message_id; each part has a length of its own.
    fn hash(&self, recipient_key: &[u8], letter: &Letter) -> [u8; 32] {
        let mut hash = Sha256::new();
        let sender: &[u8] = self.sender.as_ref().map_or(&[], |key| key);
        for part in [sender, recipient_key, &letter.channel_id, &self.message_id] {
            hash.update([u8::try_from(part.len()).unwrap_or(u8::MAX)]);
            hash.update(part);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const BOB: [u8; 32] = [0xb2; 32];

    fn letter(length: usize, sent_ms: u64) -> Letter {
        Letter {
            channel_id: Vec::new(),
            payload: vec![1; length],
            sent_ms,
            expires_ms: sent_ms + 1000,
            idempotency: None,
        }
    }

    #[tokio::test]
    async fn an_answer_fills_a_frame_to_the_byte_and_keeps_the_order() {
        let seqs = Store::in_memory()
            .run(|db| {
                // An envelope takes 8 bytes beside its data of so many bytes, its element 5 more.
                for length in [MAX_PAYLOAD - 12 - 6, 1, 1] {
                    store(db, &BOB, &letter(length, 0))?;
                }
                let first = read(db, &BOB, &[], 10, 0)?;
                acknowledge(db, &BOB, &[], 1)?;
                let rest = read(db, &BOB, &[], 10, 0)?;
                let seqs = |list: Vec<Envelope>| list.into_iter().map(|one| one.seq).collect();
                Ok::<[Vec<u64>; 2], Refusal>([seqs(first), seqs(rest)])
            })
            .await
            .unwrap();
        assert_eq!(seqs, [vec![1], vec![2, 3]]);
    }

    #[tokio::test]
    async fn a_full_inbox_makes_room_from_what_expired() {
        Store::in_memory()
            .run(|db| {
                for _ in 0..MOST_MESSAGES {
                    store(db, &BOB, &letter(1, 0))?;
                }
                assert_eq!(store(db, &BOB, &letter(1, 999)), Err(FULL));
                let stored = store(db, &BOB, &letter(1, 1000))?;
                assert_eq!(stored, Stored { seq: MOST_MESSAGES + 1, is_duplicate: false });
                assert_eq!(read(db, &BOB, &[], 10, 1000)?.len(), 1);
                Ok(())
            })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_duplicate_is_one_of_the_same_sender() {
        Store::in_memory()
            .run(|db| {
                let from = |sender| Letter {
                    idempotency: Some(Idempotency {
                        message_id: vec![9; 16],
                        sender,
                        expires_ms: 5000,
                    }),
                    ..letter(1, 0)
                };
                for (sender, seq) in [(None, 1), (Some([1; 32]), 2), (Some([2; 32]), 3)] {
                    let first = Stored { seq, is_duplicate: false };
                    assert_eq!(store(db, &BOB, &from(sender))?, first);
                    let again = Stored { seq, is_duplicate: true };
                    assert_eq!(store(db, &BOB, &from(sender))?, again);
                }
                Ok(())
            })
            .await
            .unwrap();
    }
}
