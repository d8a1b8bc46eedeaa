//! The adapter of the Rust peer: reads requests, one JSON object per line, and answers each with one
//! line, as soon as it can (conformance/adapter/README.md).

mod level0;
mod level1;
mod level2;
mod protocol;
mod sdk;

use level1::Level1;
use level2::Level2;
use protocol::{Arguments, Failure, Outcome, reply};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// What is asked of this adapter.
const FEATURES: &[&str] = &[
    "frame",
    "msg",
    "content.roundtrip",
    "hybrid",
    "kt",
    "opaque.client",
    "mls",
    "safety-number",
    "delivery-proof",
    "padding",
    "attachment",
    "call",
    "cancel",
    "user",
    "keys",
    "verify",
    "channel",
    "message",
    "send",
    "recv",
    "group",
    "blob",
];

/// Time for the replies that are due when the requests end.
const LAST_REPLIES: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Adapter {
    level1: Level1,
    level2: Level2,
}

impl Adapter {
    async fn run(&self, op: &str, id: &Value, fields: &Map<String, Value>) -> Outcome {
        let arguments = Arguments(fields);
        match op {
            "hello" => Ok(hello()),
            "bye" => Ok(json!({})),
            "open" | "call" | "cancel" | "events" | "state" | "close" => {
                self.level1.run(op, id, &arguments).await
            }
            _ if arguments.optional("user").is_some() => self.level2.run(op, &arguments).await,
            _ => level0::run(op, &arguments),
        }
    }
}

fn hello() -> Value {
    json!({
        "adapter": 1,
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "language": "rust",
        "features": FEATURES,
        "max_parallel": 32,
    })
}

/// One thread: tasks begin in the order of their lines and streams, so events keep theirs.
#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let (replies, queue) = unbounded_channel();
    let writer = tokio::spawn(write_lines(queue));
    serve(replies).await?;
    // Requests that are still under way hold the queue open.
    let _ = tokio::time::timeout(LAST_REPLIES, writer).await;
    Ok(())
}

/// Answers requests until `bye` or the end of stdin.
async fn serve(replies: UnboundedSender<Value>) -> std::io::Result<()> {
    let adapter = Arc::new(Adapter::default());
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let Ok(Value::Object(fields)) = serde_json::from_str(&line) else {
            continue;
        };
        let bye = fields.get("op").is_some_and(|op| op == "bye");
        let answering = tokio::spawn(answer(adapter.clone(), fields, replies.clone()));
        if bye {
            let _ = answering.await;
            break;
        }
    }
    Ok(())
}

async fn answer(
    adapter: Arc<Adapter>,
    fields: Map<String, Value>,
    replies: UnboundedSender<Value>,
) {
    let id = fields.get("id").cloned().unwrap_or_default();
    let op = fields.get("op").and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = op.clone();
    let running = {
        let id = id.clone();
        tokio::spawn(async move { adapter.run(&op, &id, &fields).await })
    };
    let outcome =
        running.await.unwrap_or_else(|panicked| Err(Failure::Crash(panicked.to_string())));
    // The receiver goes with the process alone.
    let _ = replies.send(reply(&id, &name, outcome));
}

async fn write_lines(mut queue: UnboundedReceiver<Value>) -> std::io::Result<()> {
    let mut output = tokio::io::stdout();
    while let Some(line) = queue.recv().await {
        output.write_all(format!("{line}\n").as_bytes()).await?;
        output.flush().await?;
    }
    Ok(())
}
