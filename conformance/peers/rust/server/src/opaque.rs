//! The server's part of OPAQUE (spec/crypto/opaque.md), by opaque-ke with the suite of that chapter.

use argon2::Argon2;
use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, RegistrationRequest,
    RegistrationUpload, Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration,
    ServerSetup, TripleDh, errors::ProtocolError,
};
use rand::rngs::OsRng;
use sha2::Sha512;

use crate::{refusal::Refusal, store::Store};

pub struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Argon2<'static>;
}

/// OPRF seed and key pair of the server; every record depends on them.
pub struct Opaque {
    setup: ServerSetup<Suite>,
}

impl Opaque {
    /// Reads the setup, or makes it on first start (opaque.setup-persisted).
    pub async fn load(store: &Store) -> Result<Self, Refusal> {
        let make = || ServerSetup::<Suite>::new(&mut OsRng).serialize().to_vec();
        let bytes = store.secret("opaque-setup", make).await?;
        let setup = ServerSetup::deserialize(&bytes).map_err(|_| Refusal::INTERNAL)?;
        Ok(Self { setup })
    }

    /// Answers a RegistrationRequest (32 bytes) with a RegistrationResponse (64 bytes).
    pub fn register(&self, username: &str, request: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let request = RegistrationRequest::deserialize(request)?;
        let started = ServerRegistration::start(&self.setup, request, username.as_bytes())?;
        Ok(started.message.serialize().to_vec())
    }

    /// Answers a KE1 (96 bytes) with a KE2 (320 bytes); without a record from a dummy one.
    pub fn start_login(
        &self,
        username: &str,
        record: Option<&[u8]>,
        request: &[u8],
    ) -> Result<(Vec<u8>, ServerLogin<Suite>), ProtocolError> {
        let record = record.map(ServerRegistration::deserialize).transpose()?;
        let started = ServerLogin::start(
            &mut OsRng,
            &self.setup,
            record,
            CredentialRequest::deserialize(request)?,
            username.as_bytes(),
            ServerLoginParameters::default(),
        )?;
        Ok((started.message.serialize().to_vec(), started.state))
    }
}

/// Answers the record to store for a RegistrationRecord (192 bytes).
pub fn record_of(upload: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    let upload = RegistrationUpload::deserialize(upload)?;
    Ok(ServerRegistration::<Suite>::finish(upload).serialize().to_vec())
}

/// Tells whether a KE3 (64 bytes) is the right one.
pub fn proves(login: ServerLogin<Suite>, finalization: &[u8]) -> bool {
    CredentialFinalization::deserialize(finalization)
        .and_then(|ke3| login.finish(ke3, ServerLoginParameters::default()))
        .is_ok()
}
