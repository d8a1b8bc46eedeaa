//! The hybrid envelope: X25519 and ML-KEM-768 around a payload (spec/crypto/hybrid-envelope.md).

use super::error::{Class, Error, Result};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use ml_kem::{
    DecapsulationKey768, EncapsulationKey768,
    kem::{Decapsulate, Encapsulate, KeyExport},
};
use rand::{RngCore, rngs::OsRng};
use sha2::Sha256;
use x25519_dalek::{EphemeralSecret, PublicKey, SharedSecret, StaticSecret};

const VERSION: u8 = 0x01;
const LABEL: &[u8] = b"quicnprotochat-hybrid-v1";
const X25519_LEN: usize = 32;
const KEM_CIPHERTEXT_LEN: usize = 1_088;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// Bytes before the box: version, ephemeral key, KEM ciphertext, nonce.
const HEADER_LEN: usize = 1 + X25519_LEN + KEM_CIPHERTEXT_LEN + NONCE_LEN;
/// Length of a public key: X25519 and the encapsulation key.
pub const PUBLIC_LEN: usize = X25519_LEN + 1_184;
/// Length of a private key: X25519 and the seed d ‖ z.
pub const PRIVATE_LEN: usize = X25519_LEN + 64;

/// A private hybrid key.
pub struct PrivateKey {
    x25519: StaticSecret,
    kem: DecapsulationKey768,
}

/// A public hybrid key that passed its check.
#[derive(Clone)]
pub struct PublicKey1216 {
    x25519: PublicKey,
    kem: EncapsulationKey768,
}

impl PrivateKey {
    pub fn generate() -> Self {
        let mut bytes = [0; PRIVATE_LEN];
        OsRng.fill_bytes(&mut bytes);
        Self::from_bytes(&bytes)
    }

    pub fn from_bytes(bytes: &[u8; PRIVATE_LEN]) -> Self {
        let (x25519, seed) = bytes.split_at(X25519_LEN);
        let x25519: [u8; X25519_LEN] = x25519.try_into().expect("split there");
        let seed: [u8; 64] = seed.try_into().expect("split there");
        Self { x25519: x25519.into(), kem: DecapsulationKey768::from_seed(seed.into()) }
    }

    /// The public key: 1,216 bytes.
    pub fn public_key(&self) -> Vec<u8> {
        let x25519 = PublicKey::from(&self.x25519);
        [x25519.as_bytes().as_slice(), &self.kem.encapsulation_key().to_bytes()].concat()
    }

    /// Opens an envelope; whatever is wrong with one of this version gives the same error.
    pub fn open(&self, aad: &[u8], envelope: &[u8]) -> Result<Vec<u8>> {
        if envelope.first().is_some_and(|version| *version != VERSION) {
            return Err(Error::new(Class::HybridVersion, format!("version {}", envelope[0])));
        }
        self.unseal(aad, envelope)
            .ok_or_else(|| Error::new(Class::HybridAuth, "the envelope does not open"))
    }

    fn unseal(&self, aad: &[u8], envelope: &[u8]) -> Option<Vec<u8>> {
        if envelope.len() < HEADER_LEN + TAG_LEN {
            return None;
        }
        let (header, sealed) = envelope.split_at(HEADER_LEN);
        let (ephemeral, rest) = header[1..].split_at(X25519_LEN);
        let (ciphertext, nonce) = rest.split_at(KEM_CIPHERTEXT_LEN);
        let ephemeral: [u8; X25519_LEN] = ephemeral.try_into().ok()?;
        let x25519 = self.x25519.diffie_hellman(&ephemeral.into());
        let kem = self.kem.decapsulate(ciphertext.try_into().ok()?);
        let payload = Payload { msg: sealed, aad: &[header, aad].concat() };
        cipher(&x25519, &kem)?.decrypt(nonce.into(), payload).ok()
    }
}

impl PublicKey1216 {
    /// Refuses another length, an X25519 key of low order and an encapsulation key that fails the
    /// check of FIPS 203.
    pub fn check(bytes: &[u8]) -> Result<Self> {
        let invalid = || Error::local("this is no hybrid public key");
        if bytes.len() != PUBLIC_LEN {
            return Err(invalid());
        }
        let (x25519, kem) = bytes.split_at(X25519_LEN);
        let x25519: [u8; X25519_LEN] = x25519.try_into().map_err(|_| invalid())?;
        let x25519 = PublicKey::from(x25519);
        let probe = EphemeralSecret::random_from_rng(OsRng).diffie_hellman(&x25519);
        let kem = kem.try_into().map_err(|_| invalid())?;
        let kem = EncapsulationKey768::new(kem).map_err(|_| invalid())?;
        if probe.was_contributory() { Ok(Self { x25519, kem }) } else { Err(invalid()) }
    }

    /// Seals `plaintext` with an ephemeral key, an encapsulation and a nonce of its own.
    pub fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
        let secret = EphemeralSecret::random_from_rng(OsRng);
        let ephemeral = PublicKey::from(&secret);
        let x25519 = secret.diffie_hellman(&self.x25519);
        let (ciphertext, kem) = self.kem.encapsulate();
        let mut nonce = [0; NONCE_LEN];
        OsRng.fill_bytes(&mut nonce);
        let header = [&[VERSION], ephemeral.as_bytes().as_slice(), &ciphertext, &nonce].concat();
        let payload = Payload { msg: plaintext, aad: &[header.as_slice(), aad].concat() };
        let sealed = cipher(&x25519, &kem)
            .and_then(|cipher| cipher.encrypt(&nonce.into(), payload).ok())
            .ok_or_else(|| Error::local("the envelope cannot be sealed"))?;
        Ok([header, sealed].concat())
    }
}

/// The cipher of the two secrets, unless the first is all zero.
fn cipher(x25519: &SharedSecret, kem: &[u8]) -> Option<ChaCha20Poly1305> {
    if !x25519.was_contributory() {
        return None;
    }
    let mut key = [0; 32];
    let secrets = [x25519.as_bytes(), kem].concat();
    Hkdf::<Sha256>::new(None, &secrets).expand(LABEL, &mut key).ok()?;
    Some(ChaCha20Poly1305::new(&key.into()))
}

#[cfg(test)]
mod tests {
    use super::{PUBLIC_LEN, PrivateKey, PublicKey1216};
    use crate::sdk::error::Class;

    #[test]
    fn what_is_sealed_opens_with_its_key_alone() {
        let key = PrivateKey::generate();
        let public = PublicKey1216::check(&key.public_key()).expect("a key of its own");
        let mut envelope = public.seal(b"aad", b"hello").expect("a short text");
        assert_eq!(envelope.len(), 5 + 1_149);
        assert_eq!(key.open(b"aad", &envelope).expect("just sealed"), b"hello");
        let refused = |outcome: crate::sdk::error::Result<Vec<u8>>| outcome.unwrap_err().class;
        assert_eq!(refused(key.open(b"", &envelope)), Class::HybridAuth);
        assert_eq!(refused(PrivateKey::generate().open(b"aad", &envelope)), Class::HybridAuth);
        envelope[0] = 2;
        assert_eq!(refused(key.open(b"aad", &envelope)), Class::HybridVersion);
        assert!(PublicKey1216::check(&[0; PUBLIC_LEN]).is_err());
    }
}
