//! MLS as the protocol uses it (spec/crypto/mls.md), over openmls.

mod group;
mod packages;
mod rules;
mod tree;

pub use group::{Change, Group, Received};
pub use packages::{ForeignKeyPackage, check_key_package, valid_key_package};
pub use rules::DIRECT_ID_LEN;

use super::{
    directory::IdentityKey,
    error::{Class, Error, Result},
};
use ed25519_dalek::SigningKey;
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialType, CredentialWithKey, Lifetime,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProtocolMessage, ProtocolVersion,
    SenderRatchetConfiguration, SignatureScheme, Welcome, tls_codec::Deserialize,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use std::{
    fmt::Display,
    sync::PoisonError,
    time::{SystemTime, UNIX_EPOCH},
};

/// The one ciphersuite of the protocol, 0x0001.
pub const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// Epochs that are over and whose application messages are read.
const PAST_EPOCHS: usize = 4;

/// Skipped messages of a sender that can still come, and the widest gap.
const SKIPPED: u32 = 64;
const WIDEST_GAP: u32 = 1_000;

const DAY_SECS: u64 = 24 * 60 * 60;

/// An identity with its keys and the storage of its groups.
pub struct Client {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    pub identity_key: IdentityKey,
    pub seed: [u8; 32],
}

/// An MLSMessage that is sent to members.
pub enum Incoming {
    Welcome(Box<Welcome>),
    Message(Box<ProtocolMessage>),
}

impl Client {
    /// The client of the identity with this seed of RFC 8032.
    pub fn new(seed: [u8; 32]) -> Self {
        let identity_key = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        let scheme = SignatureScheme::ED25519;
        let signer = SignatureKeyPair::from_raw(scheme, seed.to_vec(), identity_key.to_vec());
        Self { provider: OpenMlsRustCrypto::default(), signer, identity_key, seed }
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.identity_key.to_vec()).into(),
            signature_key: self.identity_key.to_vec().into(),
        }
    }

    /// Runs `attempt`; when it fails, storage is as it was.
    fn attempt<T>(&self, attempt: impl FnOnce() -> Result<T>) -> Result<T> {
        let values = &self.provider.storage().values;
        let before = values.read().unwrap_or_else(PoisonError::into_inner).clone();
        attempt().inspect_err(|_| {
            *values.write().unwrap_or_else(PoisonError::into_inner) = before;
        })
    }
}

/// Decodes exactly one MLSMessage of those that members are sent.
pub fn decode(bytes: &[u8]) -> Result<Incoming> {
    let malformed = |error: &dyn Display| reject("malformed", error);
    let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(|error| malformed(&error))?;
    match message.extract() {
        MlsMessageBodyIn::Welcome(welcome) => Ok(Incoming::Welcome(Box::new(welcome))),
        MlsMessageBodyIn::PrivateMessage(message) => {
            Ok(Incoming::Message(Box::new(ProtocolMessage::from(message))))
        }
        MlsMessageBodyIn::PublicMessage(message) => {
            Ok(Incoming::Message(Box::new(ProtocolMessage::from(message))))
        }
        _ => Err(malformed(&"a message that members are not sent")),
    }
}

/// A refusal by the rules of MLS.
fn reject(stage: &'static str, text: impl Display) -> Error {
    Error::staged(Class::MlsReject, stage, text.to_string())
}

fn capabilities() -> Capabilities {
    Capabilities::new(
        Some(&[ProtocolVersion::Mls10]),
        Some(&[CIPHERSUITE]),
        Some(&[]),
        Some(&[]),
        Some(&[CredentialType::Basic]),
    )
}

/// From a day ago to 28 days on (mls.lifetime).
fn lifetime() -> Lifetime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Lifetime::init(since.saturating_sub(DAY_SECS), since + 28 * DAY_SECS)
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(PAST_EPOCHS)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(SKIPPED, WIDEST_GAP))
        .build()
}

fn create_config() -> MlsGroupCreateConfig {
    MlsGroupCreateConfig::builder()
        .ciphersuite(CIPHERSUITE)
        .capabilities(capabilities())
        .lifetime(lifetime())
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(PAST_EPOCHS)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(SKIPPED, WIDEST_GAP))
        .build()
}
