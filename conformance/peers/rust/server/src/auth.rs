//! Methods 100 to 103: registration and login (spec/services/auth.md).

use qpc_wire::{
    RpcStatus,
    lengths::{IDENTITY_KEY, KE1, KE3, REGISTRATION_RECORD, REGISTRATION_REQUEST},
    v1::{
        OpaqueLoginFinishRequest, OpaqueLoginFinishResponse, OpaqueLoginStartRequest,
        OpaqueLoginStartResponse, OpaqueRegisterFinishRequest, OpaqueRegisterFinishResponse,
        OpaqueRegisterStartRequest, OpaqueRegisterStartResponse,
    },
};
use rusqlite::OptionalExtension;
use subtle::ConstantTimeEq;
use unicode_normalization::is_nfc;

use crate::{
    connection::{PendingLogin, name_hash},
    dispatch::{Call, OpenMethod},
    opaque,
    refusal::{Refusal, require},
    sessions::IdentityKey,
};

const LONGEST_USERNAME: usize = 64;

/// Failed logins of one address and name in a minute (auth.login-rate).
pub const FAILED_LOGINS: u64 = 10;

/// Wrong password, unknown user and wrong key are one refusal (auth.refusals-alike).
const LOGIN_REFUSED: Refusal = Refusal::new(RpcStatus::Unauthorized, "auth.login-refused");

impl OpenMethod for OpaqueRegisterStartRequest {
    type Response = OpaqueRegisterStartResponse;

    async fn handle(self, call: &Call) -> Result<Self::Response, Refusal> {
        check_username(&self.username)?;
        require(self.request.len() == REGISTRATION_REQUEST, "auth.request-length")?;
        let response = call
            .server
            .opaque
            .register(&self.username, &self.request)
            .map_err(|_| Refusal::bad_request("auth.request-malformed"))?;
        Ok(OpaqueRegisterStartResponse { response })
    }
}

impl OpenMethod for OpaqueRegisterFinishRequest {
    type Response = OpaqueRegisterFinishResponse;

    async fn handle(self, call: &Call) -> Result<Self::Response, Refusal> {
        let Self { username, upload, identity_key } = self;
        check_username(&username)?;
        require(upload.len() == REGISTRATION_RECORD, "auth.upload-length")?;
        require(identity_key.len() == IDENTITY_KEY, "auth.identity-key")?;
        let record = opaque::record_of(&upload)
            .map_err(|_| Refusal::bad_request("auth.upload-malformed"))?;
        let success = call
            .server
            .store
            .run(move |db| {
                // A name or a key that is taken stops the insertion.
                let insert = "INSERT OR IGNORE INTO accounts (username, identity_key, record)
                              VALUES (?1, ?2, ?3)";
                let added = db.prepare_cached(insert)?.execute((username, identity_key, record))?;
                Ok(added == 1)
            })
            .await?;
        Ok(OpaqueRegisterFinishResponse { success })
    }
}

impl OpenMethod for OpaqueLoginStartRequest {
    type Response = OpaqueLoginStartResponse;

    async fn handle(self, call: &Call) -> Result<Self::Response, Refusal> {
        let Self { username, request } = self;
        require(request.len() == KE1, "auth.request-length")?;
        let name = username.clone();
        let account: Option<(IdentityKey, Vec<u8>)> = call
            .server
            .store
            .run(move |db| {
                let find = "SELECT identity_key, record FROM accounts WHERE username = ?1";
                let row = db
                    .prepare_cached(find)?
                    .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                Ok(row)
            })
            .await?;
        let (identity, record) = account.unzip();
        let (response, state) = call
            .server
            .opaque
            .start_login(&username, record.as_deref(), &request)
            .map_err(|_| Refusal::bad_request("auth.request-malformed"))?;
        let started_ms = call.server.clock.now_ms();
        call.connection.begin_login(&username, PendingLogin { state, identity, started_ms });
        Ok(OpaqueLoginStartResponse { response })
    }
}

impl OpenMethod for OpaqueLoginFinishRequest {
    type Response = OpaqueLoginFinishResponse;

    async fn handle(self, call: &Call) -> Result<Self::Response, Refusal> {
        let server = &call.server;
        let (limits, now_ms) = (server.limits.get(), server.clock.now_ms());
        let most = if limits.rate_per_s == 0 { 0 } else { FAILED_LOGINS };
        let who = (call.connection.address, name_hash(&self.username));
        server.failed_logins.look(&who, most, now_ms)?;
        require(self.finalization.len() == KE3, "auth.finalization-length")?;
        require(self.identity_key.len() == IDENTITY_KEY, "auth.identity-key")?;

        let pending = call.connection.take_login(&self.username).filter(|login| {
            let lifetime = limits.pending_login_ms;
            lifetime == 0 || now_ms < login.started_ms.saturating_add(lifetime)
        });
        let Some(identity) = pending.and_then(|login| self.proven_identity(login)) else {
            server.failed_logins.take(who, 1, most, now_ms)?;
            return Err(LOGIN_REFUSED);
        };
        let (token, session) =
            server.sessions.open(&server.store, identity, now_ms, limits.session_ms).await?;
        call.connection.bind(session.clone());
        server.events.accept(&call.connection, &session);
        Ok(OpaqueLoginFinishResponse { session_token: token.to_vec() })
    }
}

trait Proof {
    /// The identity of the account when password and key are right, found in the same time otherwise.
    fn proven_identity(&self, login: PendingLogin) -> Option<IdentityKey>;
}

impl Proof for OpaqueLoginFinishRequest {
    fn proven_identity(&self, login: PendingLogin) -> Option<IdentityKey> {
        let is_proven = opaque::proves(login.state, &self.finalization);
        let registered = login.identity.unwrap_or_default();
        let is_same: bool = registered.ct_eq(&self.identity_key).into();
        login.identity.filter(|_| is_proven && is_same)
    }
}

/// auth.username and auth.username-alphabet.
fn check_username(username: &str) -> Result<(), Refusal> {
    let length = username.len();
    require((1..=LONGEST_USERNAME).contains(&length), "auth.username")?;
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '@';
    require(username.chars().all(is_plain) && is_nfc(username), "auth.username-alphabet")
}

#[cfg(test)]
mod tests {
    use super::check_username;

    #[test]
    fn usernames() {
        for good in ["a", "alice_1-x", "zoë", &"x".repeat(64)] {
            assert_eq!(check_username(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "a@b", "a\u{7}", "zoe\u{308}", "a\u{a0}b", &"x".repeat(65)] {
            assert!(check_username(bad).is_err(), "{bad}");
        }
    }
}
