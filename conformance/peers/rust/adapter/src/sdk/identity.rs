//! Safety numbers, fingerprints and the receipts of servers (spec/crypto/identity.md).

use super::error::{Error, Result};
use ed25519_dalek::{Signature, VerifyingKey};
use qpc_wire::hex;
use sha2::{Digest, Sha256, Sha512};

const KEY_LEN: usize = 32;
const HASHED_LEN: usize = 30;
const ROUNDS: usize = 5_200;
const PROOF_LEN: usize = 72;

/// The safety number of two keys, and the hashes of which it is made.
pub struct SafetyNumber {
    pub number: String,
    pub own_hash: Vec<u8>,
    pub peer_hash: Vec<u8>,
}

/// The safety number of two identity keys.
pub fn safety_number(own_key: &[u8], peer_key: &[u8]) -> Result<SafetyNumber> {
    if own_key.len() != KEY_LEN || peer_key.len() != KEY_LEN {
        return Err(staged("length", "an identity key has 32 bytes"));
    }
    let (own_hash, peer_hash) = (iterated_hash(own_key), iterated_hash(peer_key));
    let mut halves = [digits(&own_hash), digits(&peer_hash)];
    halves.sort_unstable();
    Ok(SafetyNumber { number: halves.concat(), own_hash, peer_hash })
}

/// A number or fingerprint as people read it: in groups of `size` characters.
pub fn grouped(text: &str, size: usize) -> String {
    let groups: Vec<&str> =
        text.as_bytes().chunks(size).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

/// The fingerprint of a single key, as it is shown.
pub fn fingerprint(key: &[u8]) -> String {
    grouped(&hex::encode(&Sha256::digest(key)[..16]), 4)
}

fn iterated_hash(key: &[u8]) -> Vec<u8> {
    let mut hash = [&[0, 0], key, key].concat();
    for _ in 0..ROUNDS {
        hash = Sha512::new().chain_update(&hash).chain_update(key).finalize().to_vec();
    }
    hash.truncate(HASHED_LEN);
    hash
}

fn digits(hash: &[u8]) -> String {
    let numbers = hash.chunks(5).map(|chunk| {
        let number = chunk.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{:05}", number % 100_000)
    });
    numbers.collect()
}

/// What a receipt is about.
pub struct Delivered<'a> {
    pub recipient_key: &'a [u8],
    pub channel_id: &'a [u8],
    pub seq: u64,
    pub payload: &'a [u8],
}

/// The time in a receipt of the server with `signing_key`, and the statement that it signed.
pub fn verify_delivery(
    proof: &[u8],
    signing_key: &[u8],
    delivered: &Delivered<'_>,
) -> Result<(u64, Vec<u8>)> {
    let (time, signature) = proof
        .split_first_chunk()
        .filter(|_| proof.len() == PROOF_LEN)
        .ok_or_else(|| staged("length", "a receipt has 72 bytes"))?;
    let channel_len = u8::try_from(delivered.channel_id.len())
        .map_err(|_| staged("signature", "no channel ID"))?;
    let statement = [
        b"qpc delivery proof v1".as_slice(),
        &[channel_len],
        delivered.channel_id,
        delivered.recipient_key,
        &delivered.seq.to_be_bytes(),
        &Sha256::digest(delivered.payload),
        time,
    ]
    .concat();
    if verify_strictly(signing_key, &statement, signature) {
        Ok((u64::from_be_bytes(*time), statement))
    } else {
        Err(staged("signature", "the signature does not verify"))
    }
}

/// Whether a signature verifies by the strict equation, under a canonical key (RFC 8032 leaves more
/// open than identity.strict-verification).
fn verify_strictly(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(bytes), Ok(signature)) = (key.try_into(), Signature::from_slice(signature)) else {
        return false;
    };
    VerifyingKey::from_bytes(bytes).is_ok_and(|key| {
        key.to_edwards().compress().as_bytes() == bytes
            && key.verify_strict(message, &signature).is_ok()
    })
}

fn staged(stage: &'static str, text: &str) -> Error {
    Error { stage: Some(stage), ..Error::local(text) }
}

#[cfg(test)]
mod tests {
    use super::{grouped, safety_number};
    use qpc_wire::hex;

    /// Alice and Bob of spec/crypto/identity.md.
    #[test]
    fn both_see_the_same_number() {
        let alice = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
        let bob = "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394";
        let [alice, bob] = [alice, bob].map(|key| hex::decode(key).expect("hexadecimal"));
        let one = safety_number(&alice, &bob).expect("32 bytes").number;
        let other = safety_number(&bob, &alice).expect("32 bytes").number;
        assert_eq!(one, other);
        assert!(grouped(&one, 5).starts_with("31762 45881 55306 24356 91792"));
        assert!(safety_number(&alice, &bob[1..]).is_err());
    }
}
