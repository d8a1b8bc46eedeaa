//! How the server is started: the configuration in `QPC_TEST_CONFIG` and the limits of spec/limits.md.

use std::{collections::HashMap, error::Error, net::SocketAddr, path::PathBuf, sync::RwLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Environment variable with the configuration as JSON; without it the defaults hold.
pub const VARIABLE: &str = "QPC_TEST_CONFIG";

/// The families of this server, as a ready line names them.
pub const FEATURES: [&str; 5] = ["auth", "delivery", "keys", "health", "push"];

#[derive(Deserialize)]
#[serde(default)]
pub struct Config {
    pub listen: SocketAddr,
    /// Certificate chain and key in PEM; without them the server makes its own in `data_dir`.
    pub cert_pem: Option<String>,
    pub key_pem: Option<String>,
    pub alpn: Vec<String>,
    pub data_dir: PathBuf,
    pub limits: Limits,
    pub operator_token: Option<String>,
    /// Readings that are asked for; this server has both of `sealed-sender` and `delivery-proof`.
    pub profile: HashMap<String, String>,
    /// Families to leave out.
    pub without: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 5001)),
            cert_pem: None,
            key_pem: None,
            alpn: vec![String::from_utf8_lossy(qpc_wire::ALPN).into_owned()],
            data_dir: PathBuf::from("data"),
            limits: Limits::default(),
            operator_token: None,
            profile: HashMap::new(),
            without: Vec::new(),
        }
    }
}

impl Config {
    pub fn from_env() -> Result<Self, Box<dyn Error>> {
        match std::env::var(VARIABLE) {
            Ok(json) => Ok(serde_json::from_str(&json)?),
            Err(_) => Ok(Self::default()),
        }
    }

    pub fn is_on(&self, flag: &str) -> bool {
        self.profile.get(flag).is_some_and(|value| value == "on")
    }

    /// The families that are served.
    pub fn features(&self) -> Vec<&'static str> {
        FEATURES.into_iter().filter(|one| !self.without.iter().any(|left| left == one)).collect()
    }
}

/// Limits that can be configured, in milliseconds where the name says so; 0 switches one off.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct Limits {
    /// Calls per second of one account or address. 0 switches every rate limit off.
    pub rate_per_s: u64,
    pub idle_ms: u64,
    pub header_ms: u64,
    pub frame_ms: u64,
    pub wait_ms: u64,
    pub pending_login_ms: u64,
    pub session_ms: u64,
    pub drain_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate_per_s: 50,
            idle_ms: 300_000,
            header_ms: 10_000,
            frame_ms: 30_000,
            wait_ms: 30_000,
            pending_login_ms: 60_000,
            session_ms: 24 * 60 * 60 * 1000,
            drain_ms: 30_000,
        }
    }
}

/// The limits of the running server.
pub struct LiveLimits(RwLock<Limits>);

impl LiveLimits {
    pub fn new(limits: Limits) -> Self {
        Self(RwLock::new(limits))
    }

    pub fn get(&self) -> Limits {
        *self.0.read().expect("no holder of the lock panics")
    }

    /// Changes the limits that `changes` names and keeps the others.
    pub fn change(&self, changes: Map<String, Value>) -> Result<(), serde_json::Error> {
        let mut limits = self.0.write().expect("no holder of the lock panics");
        let mut merged = serde_json::to_value(*limits)?;
        if let Value::Object(fields) = &mut merged {
            fields.extend(changes);
        }
        *limits = serde_json::from_value(merged)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_keys_are_ignored_and_omitted_ones_have_defaults() {
        let json = json!({ "listen": "127.0.0.1:0", "admins": [], "limits": { "idle_ms": 7 } });
        let config: Config = serde_json::from_value(json).unwrap();
        assert_eq!(config.limits.idle_ms, 7);
        assert_eq!(config.limits.rate_per_s, 50);
        assert_eq!(config.features(), FEATURES);
    }

    #[test]
    fn a_change_keeps_the_other_limits() {
        let limits = LiveLimits::new(Limits::default());
        let changes = json!({ "rate_per_s": 3 }).as_object().unwrap().clone();
        limits.change(changes).unwrap();
        assert_eq!(limits.get().rate_per_s, 3);
        assert_eq!(limits.get().wait_ms, 30_000);
    }
}
