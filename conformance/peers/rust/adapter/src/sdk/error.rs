//! One error type for the whole SDK: a class of the adapter protocol, and what is known beside it.

use qpc_wire::RpcStatus;
use std::fmt;

/// The classes of `conformance/adapter/README.md` that this SDK tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    FrameTruncated,
    FrameTrailing,
    FrameTooLarge,
    FrameRequestId,
    MessageDecode,
    ConnectionAlpn,
    ConnectionCertificate,
    ConnectionClosed,
    StreamReset,
    Deadline,
    Cancelled,
    PushUnknown,
    PushDecode,
    KeyTransparency,
    HybridVersion,
    HybridAuth,
    OpaqueAuth,
    MlsReject,
    BlobHash,
    Local,
}

impl Class {
    /// The name of the class on the lines of the adapter.
    pub fn name(self) -> &'static str {
        match self {
            Self::FrameTruncated => "frame.truncated",
            Self::FrameTrailing => "frame.trailing",
            Self::FrameTooLarge => "frame.too_large",
            Self::FrameRequestId => "frame.req_id",
            Self::MessageDecode => "msg.decode",
            Self::ConnectionAlpn => "conn.alpn",
            Self::ConnectionCertificate => "conn.cert",
            Self::ConnectionClosed => "conn.closed",
            Self::StreamReset => "stream.reset",
            Self::Deadline => "deadline",
            Self::Cancelled => "cancelled",
            Self::PushUnknown => "push.unknown",
            Self::PushDecode => "push.decode",
            Self::KeyTransparency => "kt.mismatch",
            Self::HybridVersion => "hybrid.version",
            Self::HybridAuth => "hybrid.auth",
            Self::OpaqueAuth => "opaque.auth",
            Self::MlsReject => "mls.reject",
            Self::BlobHash => "blob.hash",
            Self::Local => "local.invalid",
        }
    }
}

/// What the SDK refused, or could not do.
#[derive(Clone, Debug)]
pub struct Error {
    pub class: Class,
    /// The finer name, where there is one.
    pub stage: Option<&'static str>,
    /// The status of a server that refused.
    pub status: Option<u8>,
    pub text: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(class: Class, text: impl Into<String>) -> Self {
        Self { class, stage: None, status: None, text: text.into() }
    }

    /// An error of `class` with the finer name `stage`.
    pub fn staged(class: Class, stage: &'static str, text: impl Into<String>) -> Self {
        Self { stage: Some(stage), ..Self::new(class, text) }
    }

    /// Something that this SDK refuses by itself.
    pub fn local(text: impl Into<String>) -> Self {
        Self::new(Class::Local, text)
    }

    /// A server refused `what` with `status`.
    pub fn refused(what: impl fmt::Debug, status: u8) -> Self {
        let text = format!("{what:?} was answered with status {status}");
        Self { status: Some(status), ..Self::new(Class::Local, text) }
    }

    /// Whether the server could not be reached or serve, so that the same may succeed later.
    pub fn unreachable(&self) -> bool {
        const LATER: [Option<u8>; 2] =
            [Some(RpcStatus::DeadlineExceeded as u8), Some(RpcStatus::Unavailable as u8)];
        matches!(self.class, Class::ConnectionClosed | Class::Deadline | Class::StreamReset)
            || LATER.contains(&self.status)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.class.name(), self.text)
    }
}

impl std::error::Error for Error {}
