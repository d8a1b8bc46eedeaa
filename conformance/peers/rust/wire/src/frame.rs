//! The three frames of spec/framing.md: fixed big-endian headers and a payload.

use std::fmt;

/// Most bytes of a payload in any frame (framing.payload-limit).
pub const MAX_PAYLOAD: usize = 4 * 1024 * 1024;

/// Why bytes are not one whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The bytes end within the header.
    TruncatedHeader,
    /// The bytes end within the payload.
    TruncatedPayload,
    /// The header announces more than [`MAX_PAYLOAD`].
    PayloadTooLarge,
    /// Bytes follow the payload.
    TrailingBytes,
}

impl fmt::Display for FrameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::TruncatedHeader => "the frame ends within its header",
            Self::TruncatedPayload => "the frame ends within its payload",
            Self::PayloadTooLarge => "the frame announces more than 4 MiB",
            Self::TrailingBytes => "bytes follow the frame",
        })
    }
}

impl std::error::Error for FrameError {}

/// Header of a request: method_id, request_id, payload_len (framing.request-header).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    pub method_id: u16,
    pub request_id: u32,
    pub payload_len: u32,
}

/// Header of a response: status, request_id, payload_len (framing.response-header).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHeader {
    pub status: u8,
    pub request_id: u32,
    pub payload_len: u32,
}

/// Header of a push: event_type, payload_len (framing.push-header).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushHeader {
    pub event_type: u16,
    pub payload_len: u32,
}

impl RequestHeader {
    pub const LEN: usize = 10;

    pub fn decode(bytes: &[u8; Self::LEN]) -> Self {
        let [m0, m1, id @ .., _, _, _, _] = *bytes;
        Self {
            method_id: u16::from_be_bytes([m0, m1]),
            request_id: u32::from_be_bytes(id),
            payload_len: tail(bytes),
        }
    }
}

impl ResponseHeader {
    pub const LEN: usize = 9;

    pub fn decode(bytes: &[u8; Self::LEN]) -> Self {
        let [status, id @ .., _, _, _, _] = *bytes;
        Self { status, request_id: u32::from_be_bytes(id), payload_len: tail(bytes) }
    }
}

impl PushHeader {
    pub const LEN: usize = 6;

    pub fn decode(bytes: &[u8; Self::LEN]) -> Self {
        Self { event_type: u16::from_be_bytes([bytes[0], bytes[1]]), payload_len: tail(bytes) }
    }
}

/// Encodes a request frame. Panics when the payload is longer than a u32 can say.
pub fn encode_request(method_id: u16, request_id: u32, payload: &[u8]) -> Vec<u8> {
    frame(&[&method_id.to_be_bytes(), &request_id.to_be_bytes()], payload)
}

/// Encodes a response frame. Panics when the payload is longer than a u32 can say.
pub fn encode_response(status: u8, request_id: u32, payload: &[u8]) -> Vec<u8> {
    frame(&[&[status], &request_id.to_be_bytes()], payload)
}

/// Encodes a push frame. Panics when the payload is longer than a u32 can say.
pub fn encode_push(event_type: u16, payload: &[u8]) -> Vec<u8> {
    frame(&[&event_type.to_be_bytes()], payload)
}

/// Reads exactly one request frame.
pub fn decode_request(bytes: &[u8]) -> Result<(RequestHeader, &[u8]), FrameError> {
    let (header, rest) = bytes.split_first_chunk().ok_or(FrameError::TruncatedHeader)?;
    let header = RequestHeader::decode(header);
    Ok((header, payload(rest, header.payload_len)?))
}

/// Reads exactly one response frame.
pub fn decode_response(bytes: &[u8]) -> Result<(ResponseHeader, &[u8]), FrameError> {
    let (header, rest) = bytes.split_first_chunk().ok_or(FrameError::TruncatedHeader)?;
    let header = ResponseHeader::decode(header);
    Ok((header, payload(rest, header.payload_len)?))
}

/// Reads exactly one push frame.
pub fn decode_push(bytes: &[u8]) -> Result<(PushHeader, &[u8]), FrameError> {
    let (header, rest) = bytes.split_first_chunk().ok_or(FrameError::TruncatedHeader)?;
    let header = PushHeader::decode(header);
    Ok((header, payload(rest, header.payload_len)?))
}

fn tail(header: &[u8]) -> u32 {
    header.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn frame(fields: &[&[u8]], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a payload fits into u32");
    [fields.concat().as_slice(), &length.to_be_bytes(), payload].concat()
}

fn payload(rest: &[u8], length: u32) -> Result<&[u8], FrameError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    match rest.len() {
        _ if length > MAX_PAYLOAD => Err(FrameError::PayloadTooLarge),
        have if have < length => Err(FrameError::TruncatedPayload),
        have if have > length => Err(FrameError::TrailingBytes),
        _ => Ok(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    #[test]
    fn frames_of_the_chapter() {
        assert_eq!(hex::encode(encode_request(802, 1, &[])), "03220000000100000000");
        assert_eq!(
            hex::encode(encode_response(0, 1, b"\x0a\x02ok\x10\x3c")),
            "0000000001000000060a026f6b103c"
        );
        assert_eq!(hex::encode(encode_push(1000, b"hi")), "03e8000000026869");
    }

    #[test]
    fn decoding_inverts_encoding() {
        let bytes = encode_request(100, u32::MAX, b"abc");
        let header = RequestHeader { method_id: 100, request_id: u32::MAX, payload_len: 3 };
        assert_eq!(decode_request(&bytes), Ok((header, b"abc".as_slice())));
        let bytes = encode_response(11, 7, b"");
        assert_eq!(
            decode_response(&bytes),
            Ok((ResponseHeader { status: 11, request_id: 7, payload_len: 0 }, b"".as_slice()))
        );
        let bytes = encode_push(1003, b"x");
        assert_eq!(
            decode_push(&bytes),
            Ok((PushHeader { event_type: 1003, payload_len: 1 }, b"x".as_slice()))
        );
    }

    #[test]
    fn what_is_not_one_frame() {
        let mut bytes = encode_request(802, 1, b"ab");
        assert_eq!(decode_request(&bytes[..9]), Err(FrameError::TruncatedHeader));
        assert_eq!(decode_request(&bytes[..11]), Err(FrameError::TruncatedPayload));
        bytes.push(0);
        assert_eq!(decode_request(&bytes), Err(FrameError::TrailingBytes));
        let announced = [0, 1, 0, 0, 0, 1, 0, 0x40, 0, 1];
        assert_eq!(decode_request(&announced), Err(FrameError::PayloadTooLarge));
    }
}
