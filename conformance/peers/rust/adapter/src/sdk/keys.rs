//! Key material: what a user publishes, and what it fetches of others (spec/services/keys.md).

use super::{
    directory::IdentityKey,
    envelope::{PrivateKey, PublicKey1216},
    error::{Class, Error, Result},
    mls::{self, Client},
    session::Session,
};
use openmls::prelude::KeyPackage;
use qpc_wire::{MethodId, v1};
use sha2::{Digest, Sha256};
use std::collections::{HashSet, VecDeque};

/// The hybrid key of a user, and what it has seen of the keys of others.
#[derive(Default)]
pub struct Keys {
    hybrid: Option<PrivateKey>,
    /// KeyPackages whose upload was not answered.
    unanswered: VecDeque<Vec<u8>>,
    /// SHA-256 of every KeyPackage that was handed out to this user.
    taken: HashSet<[u8; 32]>,
    /// Who had a hybrid key.
    hybrid_owners: HashSet<IdentityKey>,
}

impl Keys {
    /// Opens an envelope for this user.
    pub fn open(&self, envelope: &[u8]) -> Result<Vec<u8>> {
        let hybrid = self.hybrid.as_ref();
        let hybrid = hybrid.ok_or_else(|| Error::new(Class::HybridAuth, "no hybrid key"))?;
        hybrid.open(&[], envelope)
    }

    /// Uploads `count` new KeyPackages and the hybrid key.
    pub async fn publish(
        &mut self,
        session: &mut Session,
        client: &Client,
        count: usize,
    ) -> Result<()> {
        while self.unanswered.len() < count {
            self.unanswered.push_back(client.key_package()?);
        }
        while let Some(package) = self.unanswered.front() {
            let request = v1::UploadKeyPackageRequest {
                identity_key: client.identity_key.to_vec(),
                package: package.clone(),
            };
            let answer: Result<v1::UploadKeyPackageResponse> =
                session.call(MethodId::UploadKeyPackage, &request).await;
            if let Some(error) = answer.as_ref().err().filter(|error| error.unreachable()) {
                return Err(error.clone());
            }
            self.unanswered.pop_front();
            if answer?.fingerprint != Sha256::digest(&request.package).as_slice() {
                return Err(Error::local("the server has another KeyPackage than was uploaded"));
            }
        }
        let hybrid = self.hybrid.get_or_insert_with(PrivateKey::generate);
        let request = v1::UploadHybridKeyRequest {
            identity_key: client.identity_key.to_vec(),
            hybrid_public_key: hybrid.public_key(),
        };
        session
            .call(MethodId::UploadHybridKey, &request)
            .await
            .map(|_: v1::UploadHybridKeyResponse| ())
    }

    /// Uploads the hybrid key again if the server does not have it any more.
    pub async fn refresh(&mut self, session: &mut Session, client: &Client) -> Result<()> {
        let Some(hybrid) = &self.hybrid else {
            return Ok(());
        };
        let own = hybrid.public_key();
        if fetch_hybrid(session, &client.identity_key).await? == own {
            return Ok(());
        }
        let request = v1::UploadHybridKeyRequest {
            identity_key: client.identity_key.to_vec(),
            hybrid_public_key: own,
        };
        session
            .call(MethodId::UploadHybridKey, &request)
            .await
            .map(|_: v1::UploadHybridKeyResponse| ())
    }

    /// Takes a KeyPackage of `owner`: a valid one that was not handed out before.
    pub async fn take_package(
        &mut self,
        session: &mut Session,
        owner: &IdentityKey,
    ) -> Result<KeyPackage> {
        let request = v1::FetchKeyPackageRequest { identity_key: owner.to_vec() };
        let answer: v1::FetchKeyPackageResponse =
            session.call(MethodId::FetchKeyPackage, &request).await?;
        if answer.package.is_empty() {
            return Err(Error::local("the user has no KeyPackage left"));
        }
        if !self.taken.insert(Sha256::digest(&answer.package).into()) {
            let text = "a KeyPackage that was handed out before";
            return Err(Error::staged(Class::MlsReject, "key-package-replayed", text));
        }
        mls::check_key_package(&answer.package, owner)
    }

    /// The hybrid key of `owner`, if there is one. Who had one has one for good.
    pub async fn hybrid_of(
        &mut self,
        session: &mut Session,
        owner: &IdentityKey,
    ) -> Result<Option<PublicKey1216>> {
        let key = fetch_hybrid(session, owner).await?;
        if key.is_empty() && !self.hybrid_owners.contains(owner) {
            return Ok(None);
        }
        let key = PublicKey1216::check(&key)
            .map_err(|error| Error { class: Class::HybridAuth, ..error })?;
        self.hybrid_owners.insert(*owner);
        Ok(Some(key))
    }
}

async fn fetch_hybrid(session: &mut Session, owner: &IdentityKey) -> Result<Vec<u8>> {
    let request = v1::FetchHybridKeyRequest { identity_key: owner.to_vec() };
    let answer: v1::FetchHybridKeyResponse =
        session.call(MethodId::FetchHybridKey, &request).await?;
    Ok(answer.hybrid_public_key)
}
