//! All parts of the running server, and what it does on its own: sweep and leave.

use std::{error::Error, fs, net::IpAddr, sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use quinn::{Endpoint, VarInt};
use rand::{RngCore, rngs::OsRng};
use rusqlite::Connection as Database;
use tokio::time::{sleep, timeout};

use crate::{
    clock::{Clock, Moment},
    config::{Config, LiveLimits},
    drain::Drain,
    events::Events,
    opaque::Opaque,
    rates::{Payer, Windows},
    refusal::Refusal,
    sessions::{IdentityKey, Sessions},
    store::Store,
    waits::Waits,
};

const SECOND_MS: u64 = 1000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const SWEEP: Duration = Duration::from_mins(1);

/// Calls that reach us just before the drain are still answered, not cut off.
const LAST_CALLS: Duration = Duration::from_millis(100);
const CLOSING: Duration = Duration::from_secs(1);
const DRAINING: VarInt = VarInt::from_u32(9);

pub struct Server {
    pub clock: Clock,
    pub limits: LiveLimits,
    pub store: Store,
    pub opaque: Opaque,
    pub sessions: Sessions,
    pub events: Events,
    pub waits: Waits,
    pub drain: Arc<Drain>,
    pub calls: Windows<Payer>,
    /// By address and hash of the name.
    pub failed_logins: Windows<(IpAddr, [u8; 32])>,
    /// By caller and owner of the packages.
    pub package_fetches: Windows<(IdentityKey, IdentityKey)>,
    /// Signs delivery proofs, where they are asked for.
    pub signing_key: Option<SigningKey>,
    pub operator_token: Option<Vec<u8>>,
    pub sealed_sender: bool,
    pub pushes: bool,
    pub started: Moment,
    families: Vec<&'static str>,
}

impl Server {
    /// Reads what a former process has left in the data directory.
    pub async fn start(config: &Config) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(&config.data_dir)?;
        let store = Store::open(&config.data_dir)?;
        let clock = Clock::from_env();
        let loaded = Self::load(&store, config.is_on("delivery-proof"), clock.now_ms()).await;
        let (opaque, sessions, signing_key) = loaded.map_err(|_| "the database is not readable")?;
        let families = config.features();
        Ok(Self {
            started: clock.moment(),
            clock,
            limits: LiveLimits::new(config.limits),
            store,
            opaque,
            sessions,
            events: Events::default(),
            waits: Waits::default(),
            drain: Arc::new(Drain::new()),
            calls: Windows::new(SECOND_MS, "limits.rate-limit"),
            failed_logins: Windows::new(MINUTE_MS, "auth.login-rate"),
            package_fetches: Windows::new(MINUTE_MS, "keys.fetch-rate"),
            signing_key,
            operator_token: config.operator_token.clone().map(String::into_bytes),
            sealed_sender: config.is_on("sealed-sender"),
            pushes: families.contains(&"push"),
            families,
        })
    }

    async fn load(
        store: &Store,
        signs: bool,
        now_ms: u64,
    ) -> Result<(Opaque, Sessions, Option<SigningKey>), Refusal> {
        let mut signing_key = None;
        if signs {
            let make = || {
                let mut seed = vec![0; 32];
                OsRng.fill_bytes(&mut seed);
                seed
            };
            let seed = store.secret("signing-key", make).await?;
            let seed = seed.try_into().map_err(|_| Refusal::INTERNAL)?;
            signing_key = Some(SigningKey::from_bytes(&seed));
        }
        Ok((Opaque::load(store).await?, Sessions::load(store, now_ms).await?, signing_key))
    }

    pub fn serves(&self, family: &str) -> bool {
        self.families.contains(&family)
    }

    /// Removes what has lapsed, now and then.
    pub async fn sweep_for_ever(&self) {
        loop {
            sleep(SWEEP).await;
            self.sweep().await;
        }
    }

    /// Removes what has lapsed. Nobody could see it any more.
    pub async fn sweep(&self) {
        let now_ms = self.clock.now_ms();
        self.sessions.sweep(now_ms);
        self.calls.sweep(now_ms);
        self.failed_logins.sweep(now_ms);
        self.package_fetches.sweep(now_ms);
        // What could not be removed is met again by the next sweep.
        let _ = self.store.run(move |db| remove_lapsed(db, now_ms)).await;
    }

    /// Lets running calls end, closes the connections, and returns (spec/transport.md, Leaving).
    pub async fn leave(&self, endpoint: &Endpoint) {
        self.drain.begin();
        let quiet = async {
            sleep(LAST_CALLS).await;
            self.drain.quiet().await;
        };
        match self.limits.get().drain_ms {
            0 => quiet.await,
            ms => drop(timeout(Duration::from_millis(ms), quiet).await),
        }
        close(endpoint).await;
    }
}

/// Tells the remaining clients that the server goes, and waits until the packets are out.
pub async fn close(endpoint: &Endpoint) {
    endpoint.close(DRAINING, b"draining");
    let _ = timeout(CLOSING, endpoint.wait_idle()).await;
}

fn remove_lapsed(db: &Database, now_ms: u64) -> Result<(), Refusal> {
    for table in ["messages", "seen_messages", "sessions", "key_packages"] {
        db.execute(&format!("DELETE FROM {table} WHERE expires_ms <= ?1"), [now_ms])?;
    }
    Ok(())
}
