//! The lines of the adapter protocol: arguments of a request, and the four forms of a reply
//! (conformance/adapter/README.md).

use crate::sdk::error::Error;
use qpc_wire::hex;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Byte strings longer than this are told by their hash.
const HASHED_FROM: usize = 64 * 1024 + 1;

/// Why there is no `ok`.
#[derive(Debug)]
pub enum Failure {
    /// The library refused; `Value` holds further fields of the error.
    Refused(Error, Value),
    /// An operation, or arguments, that the adapter does not have.
    Unsupported,
    /// The request breaks the protocol, or the adapter failed.
    Crash(String),
}

pub type Outcome = Result<Value, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error, Value::Null)
    }
}

/// The reply line to request `id`.
pub fn reply(id: &Value, op: &str, outcome: Outcome) -> Value {
    match outcome {
        Ok(ok) => json!({"id": id, "ok": ok}),
        Err(Failure::Refused(error, more)) => {
            let mut err = json!({"class": error.class.name(), "msg": error.text});
            if let Some(stage) = error.stage {
                err["stage"] = stage.into();
            }
            if let Some(status) = error.status {
                err["status"] = status.into();
            }
            if let Value::Object(more) = more {
                err.as_object_mut().expect("made above").extend(more);
            }
            json!({"id": id, "err": err})
        }
        Err(Failure::Unsupported) => json!({"id": id, "unsupported": op}),
        Err(Failure::Crash(text)) => json!({"id": id, "crash": text}),
    }
}

/// The reply form of `bytes`.
pub fn bytes(bytes: &[u8]) -> Value {
    if bytes.len() < HASHED_FROM {
        return hexadecimal(bytes);
    }
    json!({"sha256": hex::encode(Sha256::digest(bytes)), "len": bytes.len()})
}

/// `bytes` as hex, however long.
pub fn hexadecimal(bytes: &[u8]) -> Value {
    json!({"hex": hex::encode(bytes)})
}

/// The arguments of a request.
pub struct Arguments<'a>(pub &'a Map<String, Value>);

impl<'a> Arguments<'a> {
    pub fn value(&self, name: &str) -> Result<&'a Value, Failure> {
        self.optional(name).ok_or_else(|| missing(name))
    }

    /// The argument, unless it is absent or null.
    pub fn optional(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<&'a str, Failure> {
        self.value(name)?.as_str().ok_or_else(|| missing(name))
    }

    pub fn texts(&self, name: &str) -> Result<Vec<&'a str>, Failure> {
        let list = self.value(name)?.as_array().ok_or_else(|| missing(name))?;
        list.iter().map(|value| value.as_str().ok_or_else(|| missing(name))).collect()
    }

    /// A number, or decimal text for one.
    pub fn number<T: TryFrom<u64>>(&self, name: &str) -> Result<T, Failure> {
        number(self.value(name)?).ok_or_else(|| missing(name))
    }

    pub fn number_or<T: TryFrom<u64>>(&self, name: &str, otherwise: T) -> Result<T, Failure> {
        match self.optional(name) {
            None => Ok(otherwise),
            Some(value) => number(value).ok_or_else(|| missing(name)),
        }
    }

    /// `timeout_ms`, or 10 seconds.
    pub fn timeout(&self) -> Result<Duration, Failure> {
        Ok(Duration::from_millis(self.number_or("timeout_ms", 10_000)?))
    }

    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        materialise(self.value(name)?).ok_or_else(|| missing(name))
    }

    pub fn byte_strings(&self, name: &str) -> Result<Vec<Vec<u8>>, Failure> {
        let list = self.value(name)?.as_array().ok_or_else(|| missing(name))?;
        list.iter().map(|value| materialise(value).ok_or_else(|| missing(name))).collect()
    }

    /// The argument as an object of arguments.
    pub fn object(&self, name: &str) -> Result<Arguments<'a>, Failure> {
        self.value(name)?.as_object().map(Arguments).ok_or_else(|| missing(name))
    }
}

fn missing(name: &str) -> Failure {
    Failure::Crash(format!("the argument {name} is missing or of another type"))
}

fn number<T: TryFrom<u64>>(value: &Value) -> Option<T> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    T::try_from(number).ok()
}

/// The bytes of one of the three request forms.
fn materialise(value: &Value) -> Option<Vec<u8>> {
    if let Some(text) = value.get("hex") {
        return hex::decode(text.as_str()?);
    }
    if let Some(count) = value.get("fill") {
        let count = usize::try_from(count.as_u64()?).ok()?;
        return Some(vec![u8::try_from(value.get("byte")?.as_u64()?).ok()?; count]);
    }
    let parts: Option<Vec<_>> = value.get("parts")?.as_array()?.iter().map(materialise).collect();
    Some(parts?.concat())
}
