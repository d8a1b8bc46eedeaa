//! Sliding windows of calls (spec/limits.md, Rate). A call that is refused takes no room in its
//! window, so the window is free again when the calls that filled it have left it.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::Mutex,
};

use crate::refusal::Refusal;

/// Whose calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    Account([u8; 32]),
    Address(IpAddr),
}

/// The address that pays for calls without a session; all of one IPv6 /64 count as one.
pub fn paying_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// One sliding window per key.
pub struct Windows<K> {
    window_ms: u64,
    code: &'static str,
    taken: Mutex<HashMap<K, VecDeque<(u64, u64)>>>,
}

impl<K: Eq + Hash> Windows<K> {
    /// Windows of `window_ms`, whose refusals carry `code`.
    pub fn new(window_ms: u64, code: &'static str) -> Self {
        Self { window_ms, code, taken: Mutex::default() }
    }

    /// Takes room for `cost` calls, or refuses; a `limit` of 0 never does.
    pub fn take(&self, key: K, cost: u64, limit: u64, now_ms: u64) -> Result<(), Refusal> {
        if limit == 0 {
            return Ok(());
        }
        // What alone costs more than the whole window waits for an empty one.
        let cost = cost.min(limit);
        let mut taken = self.taken.lock().expect("no holder of the lock panics");
        let calls = taken.entry(key).or_default();
        self.find_room(calls, cost, limit, now_ms)?;
        calls.push_back((now_ms, cost));
        Ok(())
    }

    /// Refuses where there is no room for one call more; takes none.
    pub fn look(&self, key: &K, limit: u64, now_ms: u64) -> Result<(), Refusal> {
        let mut taken = self.taken.lock().expect("no holder of the lock panics");
        match taken.get_mut(key) {
            Some(calls) if limit > 0 => self.find_room(calls, 1, limit, now_ms),
            _ => Ok(()),
        }
    }

    /// Refuses with the time after which the oldest calls have left enough room.
    fn find_room(
        &self,
        calls: &mut VecDeque<(u64, u64)>,
        cost: u64,
        limit: u64,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        self.forget_old(calls, now_ms);
        let used: u64 = calls.iter().map(|(_, cost)| cost).sum();
        let mut excess = (used + cost).saturating_sub(limit);
        if excess == 0 {
            return Ok(());
        }
        let mut free_at = now_ms;
        for (at, cost) in calls {
            free_at = *at + self.window_ms;
            excess = excess.saturating_sub(*cost);
            if excess == 0 {
                break;
            }
        }
        Err(Refusal::rate_limited(self.code, (free_at - now_ms).max(1)))
    }

    /// Forgets the keys whose windows are empty.
    pub fn sweep(&self, now_ms: u64) {
        let mut taken = self.taken.lock().expect("no holder of the lock panics");
        taken.retain(|_, calls| {
            self.forget_old(calls, now_ms);
            !calls.is_empty()
        });
    }

    fn forget_old(&self, calls: &mut VecDeque<(u64, u64)>, now_ms: u64) {
        while calls.front().is_some_and(|(at, _)| at + self.window_ms <= now_ms) {
            calls.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_refuses_until_it_has_moved_on() {
        let windows = Windows::new(1000, "x");
        for at in [0, 100, 200] {
            assert_eq!(windows.take("a", 1, 3, at), Ok(()));
        }
        assert_eq!(windows.take("a", 1, 3, 300).unwrap_err().retry_after_ms, 700);
        assert_eq!(windows.take("b", 1, 3, 300), Ok(()));
        assert_eq!(windows.take("a", 1, 3, 1000), Ok(()));
        assert!(windows.take("a", 1, 3, 1001).is_err());
    }

    #[test]
    fn a_batch_costs_more_and_never_more_than_the_window() {
        let windows = Windows::new(1000, "x");
        assert_eq!(windows.take("a", 11, 5, 0), Ok(()));
        assert!(windows.take("a", 1, 5, 999).is_err());
        assert_eq!(windows.take("a", 3, 5, 1000), Ok(()));
        assert_eq!(windows.take("a", 3, 5, 1500).unwrap_err().retry_after_ms, 500);
        assert_eq!(windows.take("a", 2, 5, 1500), Ok(()));
    }

    #[test]
    fn a_look_takes_no_room() {
        let windows = Windows::new(1000, "x");
        assert_eq!(windows.look(&"a", 1, 0), Ok(()));
        assert_eq!(windows.take("a", 1, 1, 0), Ok(()));
        assert!(windows.look(&"a", 1, 0).is_err());
        assert_eq!(windows.look(&"a", 0, 0), Ok(()));
    }

    #[test]
    fn addresses_of_one_network_pay_together() {
        let pay = |text: &str| paying_address(text.parse().unwrap());
        assert_eq!(pay("2001:db8::1"), pay("2001:db8::ffff:1"));
        assert_ne!(pay("2001:db8::1"), pay("2001:db8:0:1::1"));
        assert_eq!(pay("::ffff:10.0.0.1"), pay("10.0.0.1"));
    }
}
