//! Sessions and who makes a call (spec/sessions.md). The table is the truth; its live rows are also in
//! memory, which every call looks up anew. Tokens are kept as SHA-256 only.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use qpc_wire::lengths::{IDENTITY_KEY, SESSION_TOKEN};
use rand::{RngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

use crate::{clock::Clock, refusal::Refusal, store::Store};

pub type IdentityKey = [u8; IDENTITY_KEY];

#[derive(Debug, PartialEq, Eq)]
pub struct Session {
    pub identity: IdentityKey,
    token_hash: [u8; 32],
    expires_ms: Option<u64>,
}

impl Session {
    pub fn is_live(&self, now_ms: u64) -> bool {
        self.expires_ms.is_none_or(|end| now_ms < end)
    }

    /// Tells whether this session ends no sooner than another.
    pub fn outlives(&self, other: &Self) -> bool {
        let end = |session: &Self| session.expires_ms.unwrap_or(u64::MAX);
        end(self) >= end(other)
    }

    /// Waits for the end of the session.
    pub async fn ended(&self, clock: &Clock) {
        match self.expires_ms {
            Some(end) => clock.sleep_until(end).await,
            None => std::future::pending().await,
        }
    }
}

pub struct Sessions {
    live: RwLock<HashMap<[u8; 32], Arc<Session>>>,
}

impl Sessions {
    /// Reads the sessions that a former process has left.
    pub async fn load(store: &Store, now_ms: u64) -> Result<Self, Refusal> {
        let live = store
            .run(move |db| {
                let mut all =
                    db.prepare("SELECT token_hash, identity_key, expires_ms FROM sessions")?;
                let sessions = all.query_map([], |row| {
                    let token_hash = row.get(0)?;
                    let session =
                        Session { identity: row.get(1)?, token_hash, expires_ms: row.get(2)? };
                    Ok((token_hash, Arc::new(session)))
                })?;
                Ok(sessions.collect::<Result<HashMap<_, _>, _>>()?)
            })
            .await?;
        let sessions = Self { live: RwLock::new(live) };
        sessions.sweep(now_ms);
        Ok(sessions)
    }

    /// Opens a session and answers its token; `lifetime_ms` 0 = without end.
    pub async fn open(
        &self,
        store: &Store,
        identity: IdentityKey,
        now_ms: u64,
        lifetime_ms: u64,
    ) -> Result<([u8; SESSION_TOKEN], Arc<Session>), Refusal> {
        let mut token = [0; SESSION_TOKEN];
        OsRng.fill_bytes(&mut token);
        let token_hash = hash(&token);
        let expires_ms = (lifetime_ms > 0).then(|| now_ms.saturating_add(lifetime_ms));
        store
            .run(move |db| {
                let insert = "INSERT INTO sessions VALUES (?1, ?2, ?3)";
                Ok(db.prepare_cached(insert)?.execute((token_hash, identity, expires_ms))?)
            })
            .await?;
        let session = Arc::new(Session { identity, token_hash, expires_ms });
        let mut live = self.live.write().expect("no holder of the lock panics");
        live.insert(token_hash, session.clone());
        Ok((token, session))
    }

    /// The live session of a token.
    pub fn find(&self, token: &[u8], now_ms: u64) -> Option<Arc<Session>> {
        let live = self.live.read().expect("no holder of the lock panics");
        live.get(&hash(token)).filter(|session| session.is_live(now_ms)).cloned()
    }

    /// Forgets the sessions that have ended.
    pub fn sweep(&self, now_ms: u64) {
        let mut live = self.live.write().expect("no holder of the lock panics");
        live.retain(|_, session| session.is_live(now_ms));
    }
}

fn hash(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_session_ends_and_is_kept_by_the_store_until_then() {
        let store = Store::in_memory();
        let sessions = Sessions::load(&store, 0).await.unwrap();
        let (token, session) = sessions.open(&store, [7; 32], 0, 100).await.unwrap();
        assert_eq!(sessions.find(&token, 99), Some(session.clone()));
        assert_eq!(sessions.find(&token, 100), None);
        assert_eq!(sessions.find(&token[1..], 0), None);
        let later = Sessions::load(&store, 50).await.unwrap();
        assert_eq!(later.find(&token, 50), Some(session));
        assert!(Sessions::load(&store, 100).await.unwrap().find(&token, 0).is_none());
    }
}
