//! Level 1: connections and calls.

use crate::{
    protocol::{Arguments, Failure, Outcome, bytes},
    sdk::{
        connection::{Answer, Connection, Server},
        error::{Class, Error},
        events::Event,
    },
};
use qpc_wire::RpcStatus;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex, Notify};

/// The open connections by name, and the calls under way by the id of their request.
#[derive(Default)]
pub struct Level1 {
    connections: Mutex<HashMap<String, Arc<Connection>>>,
    calls: Mutex<HashMap<u64, Arc<Notify>>>,
}

impl Level1 {
    pub async fn run(&self, op: &str, id: &Value, arguments: &Arguments<'_>) -> Outcome {
        match op {
            "open" => self.open(arguments).await,
            "call" => self.call(id.as_u64().unwrap_or_default(), arguments).await,
            "cancel" => self.cancel(arguments).await,
            "events" => self.events(arguments).await,
            "state" => self.state(arguments).await,
            "close" => self.close(arguments).await,
            _ => Err(Failure::Unsupported),
        }
    }

    async fn open(&self, arguments: &Arguments<'_>) -> Outcome {
        self.close(arguments).await?;
        let connection = Connection::open(&server(arguments)?, arguments.timeout()?).await?;
        let name = arguments.text("conn")?.to_owned();
        self.connections.lock().await.insert(name, Arc::new(connection));
        Ok(json!({}))
    }

    async fn call(&self, id: u64, arguments: &Arguments<'_>) -> Outcome {
        let cancelled = Arc::new(Notify::new());
        self.calls.lock().await.insert(id, cancelled.clone());
        let outcome = tokio::select! {
            biased;
            outcome = self.answer(arguments) => outcome,
            () = cancelled.notified() => {
                Err(Error::new(Class::Cancelled, "the call was cancelled").into())
            }
        };
        self.calls.lock().await.remove(&id);
        outcome
    }

    async fn answer(&self, arguments: &Arguments<'_>) -> Outcome {
        let connection = self.connection(arguments).await?;
        let body = arguments.bytes("body")?;
        let method = arguments.number("method")?;
        Ok(answer(&connection.call(method, &body, arguments.timeout()?).await?))
    }

    async fn cancel(&self, arguments: &Arguments<'_>) -> Outcome {
        if let Some(call) = self.calls.lock().await.get(&arguments.number("call")?) {
            call.notify_one();
        }
        Ok(json!({}))
    }

    async fn events(&self, arguments: &Arguments<'_>) -> Outcome {
        let connection = self.connection(arguments).await?;
        let want = arguments.number_or("want", 1)?;
        let (events, dropped) = connection.events.take(want, arguments.timeout()?).await;
        let events: Vec<Value> = events.iter().map(event).collect();
        let dropped: Vec<Value> =
            dropped.iter().map(|class| json!({"class": class.name()})).collect();
        Ok(json!({"events": events, "dropped": dropped}))
    }

    async fn state(&self, arguments: &Arguments<'_>) -> Outcome {
        let connections = self.connections.lock().await;
        let ended = match connections.get(arguments.text("conn")?) {
            None => Some(closed()),
            Some(connection) => connection.ended(),
        };
        Ok(match ended {
            None => json!({"open": true}),
            Some(error) => json!({"open": false, "err": {"class": error.class.name()}}),
        })
    }

    async fn close(&self, arguments: &Arguments<'_>) -> Outcome {
        let connection = self.connections.lock().await.remove(arguments.text("conn")?);
        if let Some(connection) = connection {
            connection.close().await;
        }
        Ok(json!({}))
    }

    async fn connection(&self, arguments: &Arguments<'_>) -> Result<Arc<Connection>, Failure> {
        let connections = self.connections.lock().await;
        let connection = connections.get(arguments.text("conn")?).ok_or_else(closed)?;
        match connection.ended() {
            None => Ok(connection.clone()),
            Some(error) => Err(error.into()),
        }
    }
}

/// The server that `open` and `user.open` name.
pub fn server(arguments: &Arguments<'_>) -> Result<Server, Failure> {
    Ok(Server {
        host: arguments.text("host")?.to_owned(),
        port: arguments.number("port")?,
        server_name: arguments.text("server_name")?.to_owned(),
        ca_pem: arguments.text("ca_pem")?.to_owned(),
        alpn: arguments.text("alpn").unwrap_or("qpc").to_owned(),
    })
}

/// The reply to a call; an unassigned status counts as Internal (status.client-unassigned).
pub fn answer(answer: &Answer) -> Value {
    let mut reply = json!({"status": answer.status, "body": bytes(&answer.body)});
    if RpcStatus::try_from(i32::from(answer.status)).is_err() {
        reply["treat_as"] = (RpcStatus::Internal as i32).into();
    }
    reply
}

fn event(event: &Event) -> Value {
    json!({"event": event.event_type, "body": bytes(&event.body)})
}

fn closed() -> Error {
    Error::new(Class::ConnectionClosed, "no such connection")
}
