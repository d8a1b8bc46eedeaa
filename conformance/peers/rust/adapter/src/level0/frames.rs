//! The frames of `frame.decode` and `frame.encode`.

use crate::protocol::{Arguments, Failure, Outcome, bytes};
use crate::sdk::error::{Class, Error};
use qpc_wire::{
    PushEventType, RpcStatus,
    frame::{self, FrameError},
};
use serde_json::{Value, json};

pub fn run(name: &str, arguments: &Arguments<'_>) -> Outcome {
    match (name, arguments.text("kind")?) {
        ("decode", "request") => {
            let frame = arguments.bytes("bytes")?;
            let (header, payload) = frame::decode_request(&frame).map_err(refusal)?;
            Ok(json!({
                "method_id": header.method_id,
                "request_id": header.request_id,
                "payload": bytes(payload),
            }))
        }
        ("decode", "response") => {
            let frame = arguments.bytes("bytes")?;
            let (header, payload) = frame::decode_response(&frame).map_err(refusal)?;
            Ok(json!({
                "status": header.status,
                "request_id": header.request_id,
                "payload": bytes(payload),
                "treat_as": acted_on(header.status),
            }))
        }
        ("decode", "push") => {
            let frame = arguments.bytes("bytes")?;
            let (header, payload) = frame::decode_push(&frame).map_err(refusal)?;
            Ok(json!({
                "event_type": header.event_type,
                "payload": bytes(payload),
                "message": message_of(header.event_type),
            }))
        }
        ("encode", kind) => {
            let payload = arguments.bytes("payload")?;
            let frame = match kind {
                "request" => {
                    let (method, id) =
                        (arguments.number("method_id")?, arguments.number("request_id")?);
                    frame::encode_request(method, id, &payload)
                }
                "response" => {
                    let (status, id) =
                        (arguments.number("status")?, arguments.number("request_id")?);
                    frame::encode_response(status, id, &payload)
                }
                "push" => frame::encode_push(arguments.number("event_type")?, &payload),
                _ => return Err(Failure::Unsupported),
            };
            Ok(json!({"bytes": bytes(&frame)}))
        }
        _ => Err(Failure::Unsupported),
    }
}

/// The status that a client acts on.
fn acted_on(status: u8) -> i32 {
    RpcStatus::try_from(i32::from(status)).unwrap_or(RpcStatus::Internal) as i32
}

fn message_of(event_type: u16) -> Value {
    match PushEventType::try_from(i32::from(event_type)) {
        Ok(PushEventType::NewMessage) => "NewMessage".into(),
        Ok(PushEventType::Typing) => "TypingIndicator".into(),
        Ok(PushEventType::Presence) => "PresenceUpdate".into(),
        Ok(PushEventType::Membership) => "GroupMembershipChange".into(),
        Ok(PushEventType::Unspecified) | Err(_) => Value::Null,
    }
}

fn refusal(error: FrameError) -> Error {
    let (class, stage) = match error {
        FrameError::TruncatedHeader => (Class::FrameTruncated, "header"),
        FrameError::TruncatedPayload => (Class::FrameTruncated, "payload"),
        FrameError::PayloadTooLarge => (Class::FrameTooLarge, "header"),
        FrameError::TrailingBytes => (Class::FrameTrailing, "end"),
    };
    Error::staged(class, stage, error.to_string())
}
