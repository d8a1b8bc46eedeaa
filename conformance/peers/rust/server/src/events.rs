//! Push events (spec/events.md): one unidirectional stream each, to every connection on which a live
//! session of the inbox owner was accepted. What cannot be sent at once is dropped.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use qpc_wire::{Message, PushEventType, frame, v1::NewMessage};

use crate::{
    call::TOO_SLOW,
    connection::Connection,
    sessions::{IdentityKey, Session},
};

/// How long a receiver may take to read an event whose stream it granted.
const SENDING: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Events {
    receivers: Mutex<HashMap<IdentityKey, Vec<Receiver>>>,
    /// Events that are to be lost, for tests of clients and servers.
    to_drop: AtomicU64,
}

struct Receiver {
    quic: quinn::Connection,
    /// Of the sessions that were accepted on the connection the one that ends last.
    session: Arc<Session>,
}

impl Events {
    /// Events of the owner of the session go to the connection too, from now on.
    pub fn accept(&self, connection: &Connection, session: &Arc<Session>) {
        let id = connection.quic.stable_id();
        let mut all = self.receivers.lock().expect("no holder of the lock panics");
        let identity = session.identity;
        let receivers = all.entry(identity).or_default();
        match receivers.iter_mut().find(|one| one.quic.stable_id() == id) {
            Some(known) if known.session.outlives(session) => {}
            Some(known) => known.session = session.clone(),
            None => {
                let (quic, session) = (connection.quic.clone(), session.clone());
                receivers.push(Receiver { quic, session });
                let mut accepted = connection.accepted.lock().expect("no holder panics");
                accepted.insert(identity);
            }
        }
    }

    /// Forgets a connection that has ended.
    pub fn forget(&self, connection: &Connection) {
        let id = connection.quic.stable_id();
        let accepted = connection.accepted.lock().expect("no holder of the lock panics");
        let identities: Vec<IdentityKey> = accepted.iter().copied().collect();
        drop(accepted);
        let mut all = self.receivers.lock().expect("no holder of the lock panics");
        for identity in identities {
            if let Some(receivers) = all.get_mut(&identity) {
                receivers.retain(|one| one.quic.stable_id() != id);
                if receivers.is_empty() {
                    all.remove(&identity);
                }
            }
        }
    }

    /// Loses the next events.
    pub fn drop_next(&self, count: u64) {
        self.to_drop.store(count, Ordering::Relaxed);
    }

    /// Sends event 1000 for a stored message; must run within the runtime, and does not wait.
    pub fn announce(
        &self,
        recipient: &[u8],
        channel: &[u8],
        seq: u64,
        payload: &[u8],
        now_ms: u64,
    ) {
        let receivers = self.live_receivers(recipient, now_ms);
        if receivers.is_empty() {
            return;
        }
        let bytes = new_message(recipient, channel, seq, payload);
        for quic in receivers {
            let is_dropped = |left: u64| left.checked_sub(1);
            let order = Ordering::Relaxed;
            if self.to_drop.fetch_update(order, order, is_dropped).is_err() {
                send(&quic, bytes.clone());
            }
        }
    }

    fn live_receivers(&self, recipient: &[u8], now_ms: u64) -> Vec<quinn::Connection> {
        let mut all = self.receivers.lock().expect("no holder of the lock panics");
        let Some(receivers) = all.get_mut(recipient) else { return Vec::new() };
        receivers.retain(|one| one.session.is_live(now_ms));
        receivers.iter().map(|one| one.quic.clone()).collect()
    }
}

/// The frame of a `NewMessage`, without the payload when it would be too long (events.large-message).
fn new_message(recipient: &[u8], channel: &[u8], seq: u64, payload: &[u8]) -> Bytes {
    let mut event = NewMessage {
        recipient_key: recipient.to_vec(),
        channel_id: channel.to_vec(),
        seq,
        data: Vec::new(),
    };
    let with_data =
        event.encoded_len() + 1 + prost::length_delimiter_len(payload.len()) + payload.len();
    if with_data <= frame::MAX_PAYLOAD {
        event.data = payload.to_vec();
    }
    let event_type = PushEventType::NewMessage as u16;
    frame::encode_push(event_type, &event.encode_to_vec()).into()
}

/// Sends a frame if the receiver grants a stream at once (events.no-delay).
fn send(quic: &quinn::Connection, bytes: Bytes) {
    let opening = pin!(quic.open_uni());
    let opened = opening.poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(mut stream)) = opened else { return };
    tokio::spawn(async move {
        let sending = stream.write_chunk(bytes);
        match tokio::time::timeout(SENDING, sending).await {
            Ok(Ok(())) => drop(stream.finish()),
            Ok(Err(_)) | Err(_) => drop(stream.reset(TOO_SLOW)),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_event_fills_a_frame() {
        let overhead = 34 + 2 + 5;
        for (length, has_data) in
            [(frame::MAX_PAYLOAD - overhead, true), (frame::MAX_PAYLOAD - overhead + 1, false)]
        {
            let bytes = new_message(&[1; 32], &[], 1, &vec![7; length]);
            let (header, payload) = frame::decode_push(&bytes).unwrap();
            assert_eq!(header.event_type, 1000);
            let event = NewMessage::decode(payload).unwrap();
            assert_eq!(!event.data.is_empty(), has_data);
        }
    }
}
