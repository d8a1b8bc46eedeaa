//! Push events of a connection (spec/events.md): each from a stream of its own, kept until asked for.

use super::{
    error::{Class, Error, Result},
    frames::{read_to_end, read_up_to},
};
use qpc_wire::{Message, PushEventType, frame, v1};
use std::{collections::VecDeque, sync::Mutex};
use tokio::sync::Notify;

/// Most events kept of a connection; the oldest go.
const KEPT: usize = 1_000;

/// An event that was understood.
#[derive(Clone, Debug)]
pub struct Event {
    pub event_type: u16,
    pub body: Vec<u8>,
}

/// The events of a connection that nobody has taken yet, and the classes of those dropped.
#[derive(Default)]
pub struct EventLog {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    dropped: Vec<Class>,
    ended: bool,
}

impl EventLog {
    /// Takes streams until the connection ends. A stream that stalls delays no other.
    pub async fn follow(self: std::sync::Arc<Self>, connection: quinn::Connection) {
        while let Ok(stream) = connection.accept_uni().await {
            let log = self.clone();
            tokio::spawn(async move { log.keep(read_event(stream).await) });
        }
        self.with(|state| state.ended = true);
    }

    /// Up to `want` events, all that there are when `wait` has passed or the connection ended.
    pub async fn take(&self, want: usize, wait: std::time::Duration) -> (Vec<Event>, Vec<Class>) {
        let enough = async {
            loop {
                let changed = self.changed.notified();
                if self.peek(|state| state.ended || state.events.len() >= want) {
                    return;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(wait, enough).await;
        self.peek(|state| {
            let count = want.min(state.events.len());
            (state.events.drain(..count).collect(), std::mem::take(&mut state.dropped))
        })
    }

    /// Waits until something arrives or the connection ends.
    pub async fn arrival(&self) {
        let changed = self.changed.notified();
        if !self.peek(|state| state.ended || !state.events.is_empty()) {
            changed.await;
        }
    }

    fn keep(&self, event: Result<Event>) {
        self.with(|state| match event {
            Ok(event) => {
                if state.events.len() == KEPT {
                    state.events.pop_front();
                }
                state.events.push_back(event);
            }
            Err(error) if state.dropped.len() < KEPT => state.dropped.push(error.class),
            Err(_) => {}
        });
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        self.peek(change);
        self.changed.notify_waiters();
    }

    fn peek<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

async fn read_event(mut stream: quinn::RecvStream) -> Result<Event> {
    let mut header = [0; frame::PushHeader::LEN];
    read_up_to(&mut stream, &mut header).await?;
    let header = frame::PushHeader::decode(&header);
    let body = read_to_end(&mut stream, header.payload_len).await?;
    check_event(header.event_type, &body)?;
    Ok(Event { event_type: header.event_type, body })
}

/// Refuses an event that this client does not know, or whose payload is not its message.
fn check_event(event_type: u16, body: &[u8]) -> Result<()> {
    let decoded = match PushEventType::try_from(i32::from(event_type)) {
        Ok(PushEventType::NewMessage) => v1::NewMessage::decode(body).map(drop),
        Ok(PushEventType::Typing) => v1::TypingIndicator::decode(body).map(drop),
        Ok(PushEventType::Presence) => v1::PresenceUpdate::decode(body).map(drop),
        Ok(PushEventType::Membership) => v1::GroupMembershipChange::decode(body).map(drop),
        Ok(PushEventType::Unspecified) | Err(_) => {
            return Err(Error::new(Class::PushUnknown, format!("event {event_type}")));
        }
    };
    decoded.map_err(|error| Error::new(Class::PushDecode, error.to_string()))
}
