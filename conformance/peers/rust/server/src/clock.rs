//! The clock of everything that lapses: messages, sessions, windows, waits. It can be set forward
//! while the server runs, so that nobody has to wait for a month to pass.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::{sync::watch, time::sleep};

/// Carries the lead of the clock over a restart of the process.
pub const LEAD_VARIABLE: &str = "QPC_RUST_CLOCK_LEAD_MS";

#[derive(Clone, Copy)]
pub struct Moment {
    at: Instant,
    lead_ms: u64,
}

pub struct Clock {
    lead_ms: watch::Sender<u64>,
}

impl Clock {
    pub fn new(lead_ms: u64) -> Self {
        Self { lead_ms: watch::Sender::new(lead_ms) }
    }

    /// A clock with the lead that the process was started with.
    pub fn from_env() -> Self {
        let lead = std::env::var(LEAD_VARIABLE).ok();
        Self::new(lead.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_add(self.lead_ms())
    }

    pub fn lead_ms(&self) -> u64 {
        *self.lead_ms.borrow()
    }

    /// A moment to measure from.
    pub fn moment(&self) -> Moment {
        Moment { at: Instant::now(), lead_ms: self.lead_ms() }
    }

    /// Milliseconds since a moment, whatever happens to the clock of the system.
    pub fn passed_ms(&self, since: Moment) -> u64 {
        let elapsed = u64::try_from(since.at.elapsed().as_millis()).unwrap_or(u64::MAX);
        elapsed.saturating_add(self.lead_ms() - since.lead_ms)
    }

    /// Sets the clock forward and wakes all who sleep by it.
    pub fn advance(&self, ms: u64) {
        self.lead_ms.send_modify(|lead| *lead = lead.saturating_add(ms));
    }

    /// Sleeps until the clock shows `deadline_ms`.
    pub async fn sleep_until(&self, deadline_ms: u64) {
        let mut advanced = self.lead_ms.subscribe();
        loop {
            let left = deadline_ms.saturating_sub(self.now_ms());
            if left == 0 {
                return;
            }
            tokio::select! {
                () = sleep(Duration::from_millis(left)) => {}
                _ = advanced.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_advanced() {
        let clock = Arc::new(Clock::new(0));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(clock.now_ms() + 3_600_000).await }
        });
        tokio::task::yield_now().await;
        clock.advance(3_600_000);
        tokio::time::timeout(Duration::from_secs(5), sleeper).await.unwrap().unwrap();
    }
}
