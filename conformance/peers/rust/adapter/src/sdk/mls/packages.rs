//! KeyPackages: made, and checked before one is added to a group.

use super::{CIPHERSUITE, Client, capabilities, lifetime, reject, rules::check_leaf};
use crate::sdk::{
    directory::IdentityKey,
    error::{Error, Result},
};
use openmls::prelude::{
    Capabilities, CredentialType, HpkePrivateKey, KeyPackage, KeyPackageBundle, KeyPackageIn,
    OpenMlsProvider, ProtocolVersion,
    tls_codec::{Deserialize, Serialize, Size},
};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::storage::StorageProvider;
use serde_json::json;
use std::fmt::Display;

/// Longest lifetime of a KeyPackage that anybody adds.
const LONGEST_LIFETIME_SECS: u64 = 85 * 24 * 60 * 60;

/// An X25519 key in TLS encoding: its length and 32 bytes.
const KEY_LEN: usize = 1 + 32;

impl Client {
    /// A new KeyPackage in TLS encoding; its private keys are stored.
    pub fn key_package(&self) -> Result<Vec<u8>> {
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .key_package_lifetime(lifetime())
            .build(CIPHERSUITE, &self.provider, &self.signer, self.credential())
            .map_err(|error| Error::local(error.to_string()))?;
        bundle
            .key_package()
            .tls_serialize_detached()
            .map_err(|error| Error::local(error.to_string()))
    }
}

/// A KeyPackage that was made elsewhere, and its private keys.
pub struct ForeignKeyPackage {
    pub key_package: Vec<u8>,
    pub init_key: Vec<u8>,
    pub encryption_key: Vec<u8>,
}

impl Client {
    /// Stores a KeyPackage of this identity that was made elsewhere, whatever its lifetime.
    pub fn import(&self, foreign: ForeignKeyPackage) -> Result<()> {
        let failed = |error: &dyn Display| Error::local(error.to_string());
        let package = KeyPackageIn::tls_deserialize_exact(&foreign.key_package)
            .map_err(|error| failed(&error))?
            .into_unchecked();
        let reference = package.hash_ref(self.provider.crypto()).map_err(|error| failed(&error))?;
        // openmls reads bundles from its storage and has no public way to make one.
        let bundle: KeyPackageBundle = serde_json::from_value(json!({
            "key_package": package,
            "private_init_key": HpkePrivateKey::from(foreign.init_key),
            "private_encryption_key": {"key": HpkePrivateKey::from(foreign.encryption_key)},
        }))
        .map_err(|error| failed(&error))?;
        self.provider
            .storage()
            .write_key_package(&reference, &bundle)
            .map_err(|error| failed(&error))
    }
}

/// The KeyPackage in `bytes`, if it is valid now and of `owner`.
pub fn check_key_package(bytes: &[u8], owner: &IdentityKey) -> Result<KeyPackage> {
    let (package, identity) = valid_key_package(bytes)?;
    if identity == *owner {
        return Ok(package);
    }
    Err(reject("key-package-swapped", "the KeyPackage of another identity"))
}

/// The KeyPackage in `bytes` and its identity, if it is valid now.
pub fn valid_key_package(bytes: &[u8]) -> Result<(KeyPackage, IdentityKey)> {
    let invalid = |text: String| reject("key-package-invalid", text);
    let unchecked =
        KeyPackageIn::tls_deserialize_exact(bytes).map_err(|error| invalid(error.to_string()))?;
    let package = unchecked
        .validate(OpenMlsRustCrypto::default().crypto(), ProtocolVersion::Mls10)
        .map_err(|error| invalid(error.to_string()))?;
    if package.ciphersuite() != CIPHERSUITE {
        return Err(invalid("another ciphersuite".to_owned()));
    }
    let lifetime = package.life_time();
    if lifetime.not_after().saturating_sub(lifetime.not_before()) > LONGEST_LIFETIME_SECS {
        return Err(invalid("a lifetime of more than 85 days".to_owned()));
    }
    let leaf = package.leaf_node();
    let init_key = package.hpke_init_key();
    if [init_key.tls_serialized_len(), leaf.encryption_key().tls_serialized_len()] != [KEY_LEN; 2] {
        return Err(invalid("a key of another length".to_owned()));
    }
    if !supports_the_protocol(leaf.capabilities()) {
        return Err(invalid("the leaf does not support the protocol".to_owned()));
    }
    let identity = check_leaf(leaf.credential(), leaf.signature_key().as_slice())
        .map_err(|error| invalid(error.text))?;
    Ok((package, identity))
}

fn supports_the_protocol(capabilities: &Capabilities) -> bool {
    capabilities.versions().contains(&ProtocolVersion::Mls10)
        && capabilities.ciphersuites().contains(&CIPHERSUITE.into())
        && capabilities.credentials().contains(&CredentialType::Basic)
}
