//! Who waits for a message in an inbox (delivery.wait-wakes). A waiter registers before it looks, so
//! that a message which comes in between is not missed.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex},
};

use tokio::sync::{Notify, futures::Notified};

/// Recipient and channel.
type Inbox = (Vec<u8>, Vec<u8>);

#[derive(Default)]
pub struct Waits {
    inboxes: Mutex<HashMap<Inbox, (Arc<Notify>, usize)>>,
}

impl Waits {
    /// Registers a waiter until it is dropped.
    pub fn register(&self, recipient_key: &[u8], channel_id: &[u8]) -> Waiter<'_> {
        let inbox = (recipient_key.to_vec(), channel_id.to_vec());
        let mut inboxes = self.inboxes.lock().expect("no holder of the lock panics");
        let (notify, waiters) = inboxes.entry(inbox.clone()).or_default();
        *waiters += 1;
        Waiter { waits: self, inbox, notify: notify.clone() }
    }

    /// Wakes everybody who waits on an inbox.
    pub fn wake(&self, recipient_key: &[u8], channel_id: &[u8]) {
        let inbox = (recipient_key.to_vec(), channel_id.to_vec());
        let inboxes = self.inboxes.lock().expect("no holder of the lock panics");
        if let Some((notify, _)) = inboxes.get(&inbox) {
            notify.notify_waiters();
        }
    }
}

pub struct Waiter<'a> {
    waits: &'a Waits,
    inbox: Inbox,
    notify: Arc<Notify>,
}

impl Waiter<'_> {
    /// Completes at the next message after this call.
    pub fn next(&self) -> Notified<'_> {
        self.notify.notified()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut inboxes = self.waits.inboxes.lock().expect("no holder of the lock panics");
        if let Entry::Occupied(mut entry) = inboxes.entry(self.inbox.clone()) {
            entry.get_mut().1 -= 1;
            if entry.get().1 == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task::Poll};

    use super::*;

    #[test]
    fn a_waiter_misses_nothing_that_comes_after_its_registration() {
        let waits = Waits::default();
        let waiter = waits.register(b"bob", b"");
        let mut next = pin!(waiter.next());
        next.as_mut().enable();
        waits.wake(b"bob", b"other channel");
        assert!(!is_ready(next.as_mut()));
        waits.wake(b"bob", b"");
        assert!(is_ready(next.as_mut()));
    }

    #[test]
    fn nothing_remains_of_waiters_that_left() {
        let waits = Waits::default();
        let (one, other) = (waits.register(b"bob", b""), waits.register(b"bob", b""));
        drop(one);
        assert_eq!(waits.inboxes.lock().unwrap().len(), 1);
        drop(other);
        assert!(waits.inboxes.lock().unwrap().is_empty());
    }

    fn is_ready(future: std::pin::Pin<&mut Notified<'_>>) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        matches!(future.poll(&mut context), Poll::Ready(()))
    }
}
