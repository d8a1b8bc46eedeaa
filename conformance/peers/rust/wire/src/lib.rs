//! What both ends of quicprochat put on the wire: frames (spec/framing.md), the messages and numbers
//! of `proto/`, and the lengths of keys and identifiers.

pub mod frame;
pub mod hex;
pub mod lengths;

/// The messages and enums that `build.rs` makes from `proto/`, as the packages nest.
mod messages {
    #![allow(clippy::all, clippy::pedantic)]
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}

pub use messages::qpc::{client, v1};
pub use prost::Message;
pub use v1::{MethodId, PushEventType, RpcStatus};

/// The ALPN token of the protocol (transport.alpn).
pub const ALPN: &[u8] = b"qpc";
