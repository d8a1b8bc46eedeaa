//! Hybrid envelopes, padding and attachments.

use crate::{
    protocol::{Arguments, Failure, Outcome, bytes},
    sdk::{
        blobs,
        envelope::{PrivateKey, PublicKey1216},
        error::Error,
        padding,
    },
};
use serde_json::json;

pub fn run(op: &str, arguments: &Arguments<'_>) -> Outcome {
    match op {
        "hybrid.public-key" => {
            Ok(json!({"public_key": bytes(&private_key(arguments)?.public_key())}))
        }
        "hybrid.check-key" => {
            PublicKey1216::check(&arguments.bytes("public_key")?)
                .map_err(|error| Error { stage: Some("key"), ..error })?;
            Ok(json!({}))
        }
        "hybrid.seal" => {
            let key = PublicKey1216::check(&arguments.bytes("public_key")?)?;
            let sealed = key.seal(&outer(arguments)?, &arguments.bytes("plaintext")?)?;
            Ok(json!({"envelope": bytes(&sealed)}))
        }
        "hybrid.open" => {
            let envelope = arguments.bytes("envelope")?;
            let opened = private_key(arguments)?.open(&outer(arguments)?, &envelope);
            let plaintext = opened.map_err(|error| Error { stage: Some("open"), ..error })?;
            Ok(json!({"plaintext": bytes(&plaintext)}))
        }
        "padding.pad" => Ok(json!({"bytes": bytes(&padding::pad(&arguments.bytes("content")?)?)})),
        "padding.unpad" => {
            Ok(json!({"content": bytes(padding::unpad(&arguments.bytes("bytes")?)?)}))
        }
        "attachment.open" => {
            let (blob, id) = (arguments.bytes("blob")?, arguments.bytes("blob_id")?);
            Ok(json!({"file": bytes(&blobs::open(&blob, &id, &arguments.bytes("key")?)?)}))
        }
        _ => Err(Failure::Unsupported),
    }
}

fn private_key(arguments: &Arguments<'_>) -> Result<PrivateKey, Failure> {
    let key = arguments.bytes("private_key")?;
    let key = key.as_slice().try_into();
    Ok(PrivateKey::from_bytes(key.map_err(|_| Error::local("a private key has 96 bytes"))?))
}

/// The outer aad, which is empty where none is given.
fn outer(arguments: &Arguments<'_>) -> Result<Vec<u8>, Failure> {
    match arguments.optional("aad") {
        None => Ok(Vec::new()),
        Some(_) => arguments.bytes("aad"),
    }
}
