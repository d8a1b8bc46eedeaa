//! Lengths in bytes of the keys and identifiers of `proto/`.

/// Ed25519 public key, which is also the address of an inbox.
pub const IDENTITY_KEY: usize = 32;
pub const CHANNEL_ID: usize = 16;
pub const MESSAGE_ID: usize = 16;
pub const DEVICE_ID: usize = 16;
pub const SESSION_TOKEN: usize = 32;
/// X25519 public key and ML-KEM-768 encapsulation key (spec/services/keys.md).
pub const HYBRID_PUBLIC_KEY: usize = 1216;

// Messages of OPAQUE in the order in which they travel (spec/crypto/opaque.md).
pub const REGISTRATION_REQUEST: usize = 32;
pub const REGISTRATION_RESPONSE: usize = 64;
pub const REGISTRATION_RECORD: usize = 192;
pub const KE1: usize = 96;
pub const KE2: usize = 320;
pub const KE3: usize = 64;
