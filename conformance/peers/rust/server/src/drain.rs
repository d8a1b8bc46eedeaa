//! Leaving (spec/transport.md): which calls are running, and whether the drain has begun.

use std::sync::Arc;

use tokio::sync::watch;

pub struct Drain {
    begun: watch::Sender<bool>,
    running: watch::Sender<usize>,
}

impl Drain {
    pub fn new() -> Self {
        Self { begun: watch::Sender::new(false), running: watch::Sender::new(0) }
    }

    pub fn begin(&self) {
        self.begun.send_replace(true);
    }

    pub fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Waits for the beginning.
    pub async fn begun(&self) {
        let _ = self.begun.subscribe().wait_for(|begun| *begun).await;
    }

    /// Counts a call as running until the result is dropped.
    pub fn run(self: &Arc<Self>) -> Running {
        self.running.send_modify(|calls| *calls += 1);
        Running(self.clone())
    }

    /// Waits until no call is running.
    pub async fn quiet(&self) {
        let _ = self.running.subscribe().wait_for(|calls| *calls == 0).await;
    }
}

pub struct Running(Arc<Drain>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.send_modify(|calls| *calls -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_drain_waits_for_the_last_call() {
        let drain = Arc::new(Drain::new());
        let (one, other) = (drain.run(), drain.run());
        drain.begin();
        drain.begun().await;
        let waiting = tokio::spawn({
            let drain = drain.clone();
            async move { drain.quiet().await }
        });
        drop(one);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(other);
        waiting.await.unwrap();
    }
}
