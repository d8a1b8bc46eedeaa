//! A member of an MLS group that only listens.

use crate::{
    protocol::{Arguments, Failure, Outcome, bytes},
    sdk::{
        directory::IdentityKey,
        error::{Class, Error},
        mls::{self, Client, ForeignKeyPackage, Group, Incoming, Received},
    },
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Groups are entered by a Welcome alone, so there is nothing for a GroupInfo.
pub fn run(name: &str, arguments: &Arguments<'_>) -> Outcome {
    match (name, arguments.text("kind")?) {
        ("vector", "member") => member(&arguments.object("json")?),
        ("vector", "key-package") => key_package(&arguments.object("json")?),
        _ => Err(Failure::Unsupported),
    }
}

fn member(vector: &Arguments<'_>) -> Outcome {
    let inputs = vector.object("inputs")?;
    let seed = inputs.bytes("signature_priv")?.try_into();
    let client = Client::new(seed.map_err(|_| Error::local("a seed has 32 bytes"))?);
    client.import(ForeignKeyPackage {
        key_package: inputs.bytes("key_package")?,
        init_key: inputs.bytes("init_priv")?,
        encryption_key: inputs.bytes("encryption_priv")?,
    })?;
    let welcome = vector.bytes("bytes")?;
    let mut group = enter(&Arc::new(client), &welcome).map_err(unstaged)?;
    let decoded = state(&group);
    let mut learned = Vec::new();
    for (at, message) in vector.byte_strings("messages")?.iter().enumerate() {
        learned.push(receive(&mut group, message).map_err(|error| refusal(error, at))?);
    }
    Ok(json!({"decoded": decoded, "messages": learned}))
}

/// openmls checks a KeyPackage at the time of this machine, after all else but the rules of the
/// protocol: what it would say at the time of the vector is known only of a refusal before.
fn key_package(vector: &Arguments<'_>) -> Outcome {
    match mls::valid_key_package(&vector.bytes("bytes")?) {
        Err(error) if !is_about_time(&error) => Err(unstaged(error).into()),
        _ => Err(Failure::Unsupported),
    }
}

fn is_about_time(error: &Error) -> bool {
    error.text.to_lowercase().contains("lifetime")
}

fn enter(client: &Arc<Client>, welcome: &[u8]) -> Result<Group, Error> {
    match mls::decode(welcome)? {
        Incoming::Welcome(welcome) => Group::join(client, *welcome, |_, _| Ok(())),
        Incoming::Message(_) => Err(refused("this is no Welcome")),
    }
}

/// Takes a message; what came too late or too early is refused.
fn receive(group: &mut Group, encoded: &[u8]) -> Result<Value, Error> {
    let Incoming::Message(message) = mls::decode(encoded)? else {
        return Err(refused("a Welcome to a member"));
    };
    if message.group_id().as_slice() != group.id() {
        return Err(refused("a message of another group"));
    }
    let before = group.members();
    match group.receive(encoded, *message)? {
        Received::Application { from, epoch, plaintext } => Ok(json!({
            "kind": "application",
            "sender": bytes(&from),
            "epoch": epoch.to_string(),
            "plaintext": bytes(&plaintext),
        })),
        Received::Proposal { from } => Ok(json!({"kind": "proposal", "sender": bytes(&from)})),
        Received::Epoch { from } => {
            let after = group.members();
            Ok(json!({
                "kind": "commit",
                "sender": from.map(|from| bytes(&from)),
                "added": difference(&after, &before),
                "removed": difference(&before, &after),
                "active": group.is_active(),
                "state": group.is_active().then(|| state(group)),
            }))
        }
        Received::Future => Err(refused("an epoch that has not begun")),
        Received::Nothing => Err(refused("an epoch that is over")),
    }
}

fn state(group: &Group) -> Value {
    let members = group.leaves();
    let members: Vec<Value> = members
        .iter()
        .map(|(index, key)| json!({"leaf_index": index, "identity_key": bytes(key)}))
        .collect();
    json!({
        "group_id": bytes(group.id()),
        "epoch": group.epoch().to_string(),
        "epoch_authenticator": bytes(&group.authenticator()),
        "members": members,
    })
}

fn difference(of: &[IdentityKey], without: &[IdentityKey]) -> Vec<Value> {
    of.iter().filter(|key| !without.contains(key)).map(|key| bytes(key)).collect()
}

fn refused(text: &str) -> Error {
    Error::new(Class::MlsReject, text)
}

/// A refusal of the message at `at`. openmls looks at the lifetime of who is added by the clock of
/// this machine, and vectors have a time of their own.
fn refusal(error: Error, at: usize) -> Failure {
    if is_about_time(&error) {
        return Failure::Unsupported;
    }
    Failure::Refused(unstaged(error), json!({"at": at}))
}

/// openmls tells other stages apart than the vectors do.
fn unstaged(error: Error) -> Error {
    Error { stage: None, ..error }
}
