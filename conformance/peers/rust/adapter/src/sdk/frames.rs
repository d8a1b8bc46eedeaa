//! Frames read from a stream as their bytes arrive (spec/framing.md).

use super::error::{Class, Error, Result};
use qpc_wire::frame::MAX_PAYLOAD;
use quinn::{ConnectionError, ReadError, ReadExactError, RecvStream};

/// Fills `header`; a stream that ends before is truncated.
pub async fn read_up_to(stream: &mut RecvStream, header: &mut [u8]) -> Result<()> {
    stream.read_exact(header).await.map_err(|error| match error {
        ReadExactError::FinishedEarly(have) => {
            Error::new(Class::FrameTruncated, format!("{have} bytes of a header"))
        }
        ReadExactError::ReadError(error) => read_failed(error),
    })
}

/// Reads the `announced` bytes of a payload and then FIN. More than a frame may hold is not waited
/// for.
pub async fn read_to_end(stream: &mut RecvStream, announced: u32) -> Result<Vec<u8>> {
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > MAX_PAYLOAD {
        return Err(Error::new(Class::FrameTooLarge, format!("{announced} bytes announced")));
    }
    let mut payload = Vec::new();
    while let Some(chunk) = stream.read_chunk(MAX_PAYLOAD, true).await.map_err(read_failed)? {
        payload.extend_from_slice(&chunk.bytes);
        if payload.len() > announced {
            return Err(Error::new(Class::FrameTrailing, "bytes follow the payload"));
        }
    }
    if payload.len() < announced {
        let text = format!("{} of {announced} bytes", payload.len());
        return Err(Error::new(Class::FrameTruncated, text));
    }
    Ok(payload)
}

/// Classes of what ends the reading of a stream.
pub fn read_failed(error: ReadError) -> Error {
    match error {
        ReadError::Reset(_) => Error::new(Class::StreamReset, error.to_string()),
        ReadError::ConnectionLost(error) => connection_lost(&error),
        _ => Error::new(Class::ConnectionClosed, error.to_string()),
    }
}

/// Classes of what ends a connection, or keeps it from coming about. TLS alerts are QUIC errors from
/// 0x100 on (RFC 9001 section 4.8).
pub fn connection_lost(error: &ConnectionError) -> Error {
    const NO_APPLICATION_PROTOCOL: u64 = 0x100 + 120;
    const CERTIFICATE_ALERTS: std::ops::RangeInclusive<u64> = 0x100 + 42..=0x100 + 48;
    // A certificate, or the handshake, with a signature of another key.
    const DECRYPT_ERROR: u64 = 0x100 + 51;
    let class = match error {
        ConnectionError::TransportError(error) => match u64::from(error.code) {
            NO_APPLICATION_PROTOCOL => Class::ConnectionAlpn,
            DECRYPT_ERROR => Class::ConnectionCertificate,
            code if CERTIFICATE_ALERTS.contains(&code) => Class::ConnectionCertificate,
            _ => Class::ConnectionClosed,
        },
        ConnectionError::ConnectionClosed(close)
            if u64::from(close.error_code) == NO_APPLICATION_PROTOCOL =>
        {
            Class::ConnectionAlpn
        }
        _ => Class::ConnectionClosed,
    };
    Error::new(class, error.to_string())
}
