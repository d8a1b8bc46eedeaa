//! Answers that are not Ok (spec/status.md): a status and a stable token, never anything about the
//! caller or about who else has an account.

use qpc_wire::{Message, RpcStatus, v1::ErrorDetail};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: RpcStatus,
    /// Slug of the broken rule or a token of the errata; empty = no detail at all.
    pub code: &'static str,
    /// With RateLimited only; 0 = no hint.
    pub retry_after_ms: u64,
}

impl Refusal {
    pub const UNAUTHORIZED: Self = Self::new(RpcStatus::Unauthorized, "sessions.unauthorized");
    pub const INTERNAL: Self = Self::new(RpcStatus::Internal, "status.internal");
    pub const UNKNOWN_METHOD: Self = Self::new(RpcStatus::UnknownMethod, "");
    pub const DRAINING: Self = Self::new(RpcStatus::Unavailable, "transport.drain-refuses-calls");

    pub const fn new(status: RpcStatus, code: &'static str) -> Self {
        Self { status, code, retry_after_ms: 0 }
    }

    pub const fn bad_request(code: &'static str) -> Self {
        Self::new(RpcStatus::BadRequest, code)
    }

    pub const fn forbidden(code: &'static str) -> Self {
        Self::new(RpcStatus::Forbidden, code)
    }

    pub const fn rate_limited(code: &'static str, retry_after_ms: u64) -> Self {
        Self { status: RpcStatus::RateLimited, code, retry_after_ms }
    }

    /// The payload beside the status: an `ErrorDetail`, or nothing.
    pub fn payload(&self) -> Vec<u8> {
        ErrorDetail {
            message: String::new(),
            retry_after_ms: self.retry_after_ms,
            code: self.code.to_owned(),
        }
        .encode_to_vec()
    }
}

/// Answers BadRequest with `code` unless `holds`.
pub fn require(holds: bool, code: &'static str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::bad_request(code)) }
}
