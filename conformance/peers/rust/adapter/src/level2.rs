//! Level 2: users of the SDK, each with a store and a server of its own.

use crate::{
    level1::{answer, server},
    protocol::{Arguments, Failure, Outcome, bytes},
    sdk::{
        blobs::{self, Attachment},
        error::Error,
        messenger::{ChannelId, Messenger, Text},
    },
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// Longest wait for an event before the queues are looked at again, for servers that push nothing.
const POLL: Duration = Duration::from_millis(400);

/// The users by their local names.
#[derive(Default)]
pub struct Level2 {
    users: Mutex<HashMap<String, Arc<Mutex<Messenger>>>>,
}

impl Level2 {
    pub async fn run(&self, op: &str, arguments: &Arguments<'_>) -> Outcome {
        let name = arguments.text("user")?.to_owned();
        match op {
            "user.open" => {
                let user = Messenger::new(server(arguments)?);
                self.users.lock().await.insert(name, Arc::new(Mutex::new(user)));
                return Ok(json!({}));
            }
            "user.close" => {
                if let Some(user) = self.users.lock().await.remove(&name) {
                    user.lock().await.session.disconnect().await;
                }
                return Ok(json!({}));
            }
            _ => {}
        }
        let user = self.users.lock().await.get(&name).cloned();
        let user = user.ok_or_else(|| Error::local("no such user"))?;
        match op {
            "user.call" => call(&user, arguments).await,
            "recv" => receive(&user, arguments).await,
            _ => act(&mut *user.lock().await, op, arguments).await,
        }
    }
}

/// The operations that have the user to themselves.
async fn act(user: &mut Messenger, op: &str, arguments: &Arguments<'_>) -> Outcome {
    match op {
        "user.reopen" => user.session.disconnect().await,
        "user.register" => {
            let (username, password) = (arguments.text("username")?, arguments.text("password")?);
            let key = user.register(username, password, seed(arguments)?).await?;
            return Ok(json!({"identity_key": bytes(&key)}));
        }
        "user.login" => {
            let (username, password) = (arguments.text("username")?, arguments.text("password")?);
            user.login(username, password, seed(arguments)?).await?;
        }
        "keys.publish" => {
            let count = arguments.number_or("key_packages", 3)?;
            user.publish(count).await?;
            return Ok(json!({"key_packages": count, "hybrid": true}));
        }
        "verify.user" => {
            let key = user.verify(arguments.text("username")?).await?;
            return Ok(json!({"identity_key": bytes(&key), "kt": "ok"}));
        }
        "channel.create" => {
            let channel = user.create_channel(arguments.text("peer")?).await?;
            return Ok(json!({"channel": bytes(&channel)}));
        }
        "send" => {
            let channel = channel(arguments)?;
            let (id, queued) = user.send(channel, arguments.text("text")?).await?;
            return Ok(if queued {
                json!({"message_id": bytes(&id), "queued": true})
            } else {
                json!({"message_id": bytes(&id)})
            });
        }
        "blob.put" => {
            let put = blobs::put(&mut user.session, &arguments.bytes("bytes")?).await?;
            let (id, key) = (bytes(&put.blob_id), bytes(&put.key));
            return Ok(json!({"blob_id": id, "key": key, "size": put.size}));
        }
        "blob.get" => {
            let attachment = Attachment {
                blob_id: arguments.bytes("blob_id")?,
                key: arguments.bytes("key")?,
                size: arguments.number("size")?,
            };
            return Ok(json!({"bytes": bytes(&blobs::get(&mut user.session, &attachment).await?)}));
        }
        _ => return change_group(user, op, arguments).await,
    }
    Ok(json!({}))
}

async fn change_group(user: &mut Messenger, op: &str, arguments: &Arguments<'_>) -> Outcome {
    let first = match op {
        "group.create" => {
            let channel = user.create_group(&arguments.texts("members")?).await?;
            return Ok(json!({"channel": bytes(&channel)}));
        }
        "group.state" => {
            let state = user.group_state(channel(arguments)?).await?;
            let members: Vec<Value> = state.members.iter().map(|key| bytes(key)).collect();
            return Ok(json!({
                "epoch": state.epoch.to_string(),
                "members": members,
                "authenticator": bytes(&state.authenticator),
            }));
        }
        "group.add" => user.add(channel(arguments)?, &arguments.texts("usernames")?).await?,
        "group.remove" => user.remove(channel(arguments)?, arguments.text("username")?).await?,
        "group.leave" => {
            user.leave(channel(arguments)?).await?;
            true
        }
        "group.rotate" => user.rotate(channel(arguments)?).await?,
        _ => return Err(Failure::Unsupported),
    };
    Ok(if first { json!({}) } else { json!({"lost": true}) })
}

/// A call on the connection of the user, who stays free for others meanwhile.
async fn call(user: &Mutex<Messenger>, arguments: &Arguments<'_>) -> Outcome {
    let (connection, body) = {
        let mut user = user.lock().await;
        let connection = user.session.connection().await?;
        (connection, user.session.with_token(&arguments.bytes("body")?))
    };
    let method = arguments.number("method")?;
    Ok(answer(&connection.call(method, &body, arguments.timeout()?).await?))
}

/// Syncs until there are enough texts. The user is free for others while this waits.
async fn receive(user: &Mutex<Messenger>, arguments: &Arguments<'_>) -> Outcome {
    let want = arguments.number_or("want", 1)?;
    let end = Instant::now() + arguments.timeout()?;
    let (mut texts, mut faults) = (Vec::new(), Vec::new());
    loop {
        let connection = {
            let mut user = user.lock().await;
            let synced = user.sync().await;
            user.take_received(&mut texts, want, &mut faults);
            match synced {
                Err(error) if !error.unreachable() => return Err(error.into()),
                _ => {}
            }
            user.session.connection().await.ok()
        };
        if texts.len() >= want || Instant::now() >= end {
            let texts: Vec<Value> = texts.iter().map(message).collect();
            let faults: Vec<Value> = faults.iter().map(fault).collect();
            return Ok(json!({"messages": texts, "faults": faults}));
        }
        let wake = end.min(Instant::now() + POLL);
        let arrival = async {
            match connection {
                None => std::future::pending().await,
                Some(connection) => {
                    connection.events.arrival().await;
                    // The events say no more than that it is time to look.
                    connection.events.take(usize::MAX, Duration::ZERO).await;
                }
            }
        };
        let _ = tokio::time::timeout_at(wake, arrival).await;
    }
}

fn message(text: &Text) -> Value {
    json!({
        "channel": bytes(&text.channel),
        "from": bytes(&text.from),
        "text": text.text,
        "seq": text.seq.to_string(),
    })
}

fn fault(fault: &Error) -> Value {
    match fault.stage {
        None => json!({"class": fault.class.name(), "msg": fault.text}),
        Some(stage) => json!({"class": fault.class.name(), "msg": fault.text, "stage": stage}),
    }
}

fn channel(arguments: &Arguments<'_>) -> Result<ChannelId, Failure> {
    let bytes = arguments.bytes("channel")?;
    Ok(bytes.try_into().map_err(|_| Error::local("a channel ID has 16 bytes"))?)
}

fn seed(arguments: &Arguments<'_>) -> Result<Option<[u8; 32]>, Failure> {
    if arguments.optional("identity_seed").is_none() {
        return Ok(None);
    }
    let seed = arguments.bytes("identity_seed")?.try_into();
    Ok(Some(seed.map_err(|_| Error::local("an identity seed has 32 bytes"))?))
}
