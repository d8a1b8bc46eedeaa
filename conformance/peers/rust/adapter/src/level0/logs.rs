//! The transparency log, safety numbers and receipts.

use crate::{
    protocol::{Arguments, Failure, Outcome, bytes},
    sdk::{
        directory::check_proof,
        error::{Class, Error},
        identity::{Delivered, fingerprint, grouped, safety_number, verify_delivery},
        merkle::{self, Hash},
    },
};
use qpc_wire::{Message, v1};
use serde_json::json;

pub fn run(op: &str, arguments: &Arguments<'_>) -> Outcome {
    match op {
        "kt.entry" => entry(arguments),
        "kt.root" => {
            let leaves: Result<Vec<Hash>, Error> =
                arguments.byte_strings("leaves")?.iter().map(|leaf| hash(leaf)).collect();
            Ok(json!({"root": bytes(&merkle::root(&leaves?))}))
        }
        "kt.inclusion" => {
            let proof = v1::InclusionProof::decode(arguments.bytes("bytes")?.as_slice())
                .map_err(|error| wrong(&error.to_string()))?;
            let (name, key) = (arguments.text("username")?, arguments.bytes("identity_key")?);
            // Which half of the proof is at fault is not told apart.
            check_proof(name, &key, &proof).map_err(|error| Error { stage: None, ..error })?;
            Ok(json!({}))
        }
        "kt.consistency" => {
            let proof = v1::ConsistencyProof::decode(arguments.bytes("bytes")?.as_slice())
                .map_err(|error| wrong(&error.to_string()))?;
            let path: Result<Vec<Hash>, Error> =
                proof.path.iter().map(|bytes| hash(bytes)).collect();
            let (old, new) = (hash(&proof.old_root)?, hash(&proof.new_root)?);
            let (old, new) = ((proof.old_size, &old), (proof.new_size, &new));
            if merkle::consistency_holds(old, new, &path?) {
                Ok(json!({}))
            } else {
                Err(wrong("the proof does not hold").into())
            }
        }
        "safety-number" => {
            let own = arguments.bytes("own_key")?;
            let safety = safety_number(&own, &arguments.bytes("peer_key")?)?;
            Ok(json!({
                "number": safety.number,
                "shown": grouped(&safety.number, 5),
                "fingerprint": fingerprint(&own),
                "own_hash": bytes(&safety.own_hash),
                "peer_hash": bytes(&safety.peer_hash),
            }))
        }
        "delivery-proof.verify" => {
            let delivered = Delivered {
                recipient_key: &arguments.bytes("recipient_key")?,
                channel_id: &arguments.bytes("channel_id")?,
                seq: arguments.number("seq")?,
                payload: &arguments.bytes("payload")?,
            };
            let (proof, key) = (arguments.bytes("proof")?, arguments.bytes("signing_key")?);
            let (time_ms, statement) = verify_delivery(&proof, &key, &delivered)?;
            Ok(json!({"time_ms": time_ms.to_string(), "statement": bytes(&statement)}))
        }
        _ => Err(Failure::Unsupported),
    }
}

fn entry(arguments: &Arguments<'_>) -> Outcome {
    let key = arguments.bytes("identity_key")?;
    let time_ms = arguments.number("time_ms")?;
    let entry = match arguments.text("kind")? {
        "binding" => merkle::binding(arguments.text("username")?, &key, time_ms)
            .ok_or_else(|| Error::local("the name is too long"))?,
        "revocation" => {
            let reason = match arguments.text("reason")? {
                "compromised" => 1,
                "superseded" => 2,
                "user_revoked" => 3,
                _ => return Err(Error::local("no such reason").into()),
            };
            merkle::revocation(&key, reason, time_ms)
        }
        _ => return Err(Failure::Unsupported),
    };
    Ok(json!({"entry": bytes(&entry), "leaf_hash": bytes(&merkle::leaf_hash(&entry))}))
}

fn hash(bytes: &[u8]) -> Result<Hash, Error> {
    bytes.try_into().map_err(|_| wrong("a hash of another length"))
}

fn wrong(text: &str) -> Error {
    Error::new(Class::KeyTransparency, text)
}
