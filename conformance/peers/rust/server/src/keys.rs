//! Methods 300 to 304: KeyPackages that are handed out once, and hybrid keys that stay
//! (spec/services/keys.md).

use qpc_wire::{
    lengths::{HYBRID_PUBLIC_KEY, IDENTITY_KEY},
    v1::{
        FetchHybridKeyRequest, FetchHybridKeyResponse, FetchHybridKeysRequest,
        FetchHybridKeysResponse, FetchKeyPackageRequest, FetchKeyPackageResponse,
        UploadHybridKeyRequest, UploadHybridKeyResponse, UploadKeyPackageRequest,
        UploadKeyPackageResponse,
    },
};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::{
    dispatch::{Call, SessionMethod},
    refusal::{Refusal, require},
    sessions::Session,
};

const LARGEST_PACKAGE: usize = 1 << 20;
const PACKAGES_KEPT: u32 = 100;
const PACKAGE_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;
const MOST_KEYS: usize = 1000;

/// Packages of one identity that one caller takes in a minute (keys.fetch-rate).
const FETCHES_PER_MINUTE: u64 = 60;

impl SessionMethod for UploadKeyPackageRequest {
    type Response = UploadKeyPackageResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<Self::Response, Refusal> {
        let Self { identity_key, package } = self;
        require(identity_key.len() == IDENTITY_KEY, "keys.identity-key")?;
        require(!package.is_empty(), "keys.package-not-empty")?;
        require(package.len() <= LARGEST_PACKAGE, "keys.package-size")?;
        own_key(caller, &identity_key)?;
        let fingerprint: [u8; 32] = Sha256::digest(&package).into();
        let now_ms = call.server.clock.now_ms();
        call.server
            .store
            .run(move |db| queue_package(db, &identity_key, &fingerprint, &package, now_ms))
            .await?;
        Ok(UploadKeyPackageResponse { fingerprint: fingerprint.to_vec() })
    }
}

impl SessionMethod for FetchKeyPackageRequest {
    type Response = FetchKeyPackageResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<Self::Response, Refusal> {
        let Ok(identity_key) = self.identity_key.try_into() else {
            return Err(Refusal::bad_request("keys.identity-key"));
        };
        let now_ms = call.server.clock.now_ms();
        let most = if call.server.limits.get().rate_per_s == 0 { 0 } else { FETCHES_PER_MINUTE };
        call.server.package_fetches.take((caller.identity, identity_key), 1, most, now_ms)?;
        let package =
            call.server.store.run(move |db| take_package(db, &identity_key, now_ms)).await?;
        Ok(FetchKeyPackageResponse { package: package.unwrap_or_default() })
    }
}

impl SessionMethod for UploadHybridKeyRequest {
    type Response = UploadHybridKeyResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<Self::Response, Refusal> {
        let Self { identity_key, hybrid_public_key } = self;
        require(identity_key.len() == IDENTITY_KEY, "keys.identity-key")?;
        require(!hybrid_public_key.is_empty(), "keys.hybrid-not-empty")?;
        require(hybrid_public_key.len() == HYBRID_PUBLIC_KEY, "keys.hybrid-length")?;
        own_key(caller, &identity_key)?;
        call.server
            .store
            .run(move |db| {
                let put = "INSERT OR REPLACE INTO hybrid_keys VALUES (?1, ?2)";
                Ok(db.prepare_cached(put)?.execute((identity_key, hybrid_public_key))?)
            })
            .await?;
        Ok(UploadHybridKeyResponse {})
    }
}

impl SessionMethod for FetchHybridKeyRequest {
    type Response = FetchHybridKeyResponse;

    async fn handle(self, call: &Call, _: &Session) -> Result<Self::Response, Refusal> {
        require(self.identity_key.len() == IDENTITY_KEY, "keys.identity-key")?;
        let hybrid_public_key =
            call.server.store.run(move |db| hybrid_key(db, &self.identity_key)).await?;
        Ok(FetchHybridKeyResponse { hybrid_public_key })
    }
}

impl SessionMethod for FetchHybridKeysRequest {
    type Response = FetchHybridKeysResponse;

    fn items(&self) -> usize {
        self.identity_keys.len()
    }

    async fn handle(self, call: &Call, _: &Session) -> Result<Self::Response, Refusal> {
        let wanted = self.identity_keys;
        require(wanted.len() <= MOST_KEYS, "BATCH_TOO_LARGE")?;
        require(wanted.iter().all(|key| key.len() == IDENTITY_KEY), "keys.identity-key")?;
        let keys = call
            .server
            .store
            .run(move |db| wanted.iter().map(|key| hybrid_key(db, key)).collect())
            .await?;
        Ok(FetchHybridKeysResponse { keys })
    }
}

fn own_key(caller: &Session, identity_key: &[u8]) -> Result<(), Refusal> {
    if identity_key == caller.identity { Ok(()) } else { Err(Refusal::forbidden("keys.own-key")) }
}

/// Appends a package, unless it is queued or was handed out while it lived (keys.same-package).
fn queue_package(
    db: &Connection,
    identity_key: &[u8],
    fingerprint: &[u8],
    package: &[u8],
    now_ms: u64,
) -> Result<(), Refusal> {
    db.prepare_cached("DELETE FROM key_packages WHERE identity_key = ?1 AND expires_ms <= ?2")?
        .execute((identity_key, now_ms))?;
    db.prepare_cached(
        "INSERT OR IGNORE INTO key_packages (identity_key, fingerprint, expires_ms, package)
         VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((identity_key, fingerprint, now_ms + PACKAGE_LIFETIME_MS, package))?;
    db.prepare_cached(
        "DELETE FROM key_packages WHERE id IN (
           SELECT id FROM key_packages WHERE identity_key = ?1 AND package IS NOT NULL
           ORDER BY id DESC LIMIT -1 OFFSET ?2)",
    )?
    .execute((identity_key, PACKAGES_KEPT))?;
    Ok(())
}

/// Hands out the oldest package that lives, and remembers its fingerprint.
fn take_package(
    db: &Connection,
    identity_key: &[u8],
    now_ms: u64,
) -> Result<Option<Vec<u8>>, Refusal> {
    let oldest = db
        .prepare_cached(
            "SELECT id, package FROM key_packages
             WHERE identity_key = ?1 AND package IS NOT NULL AND expires_ms > ?2
             ORDER BY id LIMIT 1",
        )?
        .query_row((identity_key, now_ms), |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, package)) = oldest else { return Ok(None) };
    db.prepare_cached("UPDATE key_packages SET package = NULL WHERE id = ?1")?.execute([id])?;
    Ok(Some(package))
}

/// The hybrid key of an identity, empty where there is none.
fn hybrid_key(db: &Connection, identity_key: &[u8]) -> Result<Vec<u8>, Refusal> {
    let find = "SELECT hybrid_public_key FROM hybrid_keys WHERE identity_key = ?1";
    let key = db.prepare_cached(find)?.query_row([identity_key], |row| row.get(0)).optional()?;
    Ok(key.unwrap_or_default())
}
