//! What the server keeps of one connection and loses with it: the session it is bound to
//! (sessions.binding) and its pending logins (auth.pending-scope).

use std::{
    collections::{HashSet, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex},
};

use opaque_ke::ServerLogin;
use sha2::{Digest, Sha256};

use crate::{
    opaque::Suite,
    rates::paying_address,
    sessions::{IdentityKey, Session},
};

/// Pending logins of one connection (auth.pending-cap).
const MOST_PENDING: usize = 16;

/// What is kept between the start and the finish of a login.
pub struct PendingLogin {
    pub state: ServerLogin<Suite>,
    /// The registered key; `None` where the name has no account.
    pub identity: Option<IdentityKey>,
    pub started_ms: u64,
}

pub struct Connection {
    pub quic: quinn::Connection,
    /// Pays for the calls without a session.
    pub address: IpAddr,
    /// Whose sessions were accepted here, for the end of the connection.
    pub accepted: Mutex<HashSet<IdentityKey>>,
    binding: Mutex<Option<Arc<Session>>>,
    pending: Mutex<Pending<PendingLogin>>,
}

impl Connection {
    pub fn new(quic: quinn::Connection) -> Self {
        let address = paying_address(quic.remote_address().ip());
        Self {
            quic,
            address,
            accepted: Mutex::default(),
            binding: Mutex::default(),
            pending: Mutex::new(Pending(VecDeque::new())),
        }
    }

    /// The session that the connection is bound to, which may have ended since.
    pub fn bound(&self) -> Option<Arc<Session>> {
        self.binding.lock().expect("no holder of the lock panics").clone()
    }

    pub fn bind(&self, session: Arc<Session>) {
        *self.binding.lock().expect("no holder of the lock panics") = Some(session);
    }

    pub fn begin_login(&self, username: &str, login: PendingLogin) {
        self.pending.lock().expect("no holder of the lock panics").begin(username, login);
    }

    pub fn take_login(&self, username: &str) -> Option<PendingLogin> {
        self.pending.lock().expect("no holder of the lock panics").take(username)
    }
}

/// What is pending under so many names: by the hash of the name, so that a long one takes no room, the
/// oldest first.
struct Pending<T>(VecDeque<([u8; 32], T)>);

impl<T> Pending<T> {
    /// Keeps what has begun, in place of what began earlier under the name.
    fn begin(&mut self, username: &str, login: T) {
        drop(self.take(username));
        if self.0.len() == MOST_PENDING {
            self.0.pop_front();
        }
        self.0.push_back((name_hash(username), login));
    }

    /// Takes what has begun under a name: it can be finished once.
    fn take(&mut self, username: &str) -> Option<T> {
        let name = name_hash(username);
        let at = self.0.iter().position(|(other, _)| *other == name)?;
        self.0.remove(at).map(|(_, login)| login)
    }
}

/// Stands for a username of any length.
pub fn name_hash(username: &str) -> [u8; 32] {
    Sha256::digest(username).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_taken_once_and_the_oldest_goes() {
        let mut pending = Pending(VecDeque::new());
        pending.begin("alice", 1);
        pending.begin("bob", 2);
        pending.begin("alice", 3);
        assert_eq!((pending.take("alice"), pending.take("alice")), (Some(3), None));
        for n in 0..MOST_PENDING {
            pending.begin(&format!("user-{n}"), n);
        }
        assert_eq!((pending.take("bob"), pending.take("user-0")), (None, Some(0)));
    }
}
