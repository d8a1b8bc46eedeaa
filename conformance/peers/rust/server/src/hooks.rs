//! Hooks of a server under test (S-15): JSON lines on stdin, one answer per line on stdout. The end of
//! the input stops nothing.

use std::{
    env,
    error::Error,
    io::{BufRead, stdin},
    os::unix::process::CommandExt,
    process::{self, Command},
    sync::Arc,
};

use quinn::Endpoint;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use crate::{
    clock::LEAD_VARIABLE,
    server::{self, Server},
};

#[derive(Deserialize)]
struct Hook {
    id: Value,
    op: String,
    #[serde(flatten)]
    arguments: Map<String, Value>,
}

/// Answers hooks until the input ends; for a thread of its own.
pub fn serve(server: &Arc<Server>, endpoint: &Endpoint, runtime: &Handle) {
    for line in stdin().lock().lines().map_while(Result::ok) {
        let Ok(Hook { id, op, arguments }) = serde_json::from_str(&line) else { continue };
        let outcome = runtime.block_on(run(server, &op, arguments));
        println!(
            "{}",
            match outcome {
                Ok(true) => json!({ "id": id, "ok": {} }),
                Ok(false) => json!({ "id": id, "unsupported": op }),
                Err(error) => {
                    let error = json!({ "class": "local.invalid", "msg": error.to_string() });
                    json!({ "id": id, "err": error })
                }
            }
        );
        if op == "restart" {
            runtime.block_on(server::close(endpoint));
            restart(server.clock.lead_ms());
        }
    }
}

/// Answers false for a hook that this server does not have.
async fn run(
    server: &Server,
    op: &str,
    arguments: Map<String, Value>,
) -> Result<bool, Box<dyn Error>> {
    let number = |name: &str| {
        let value = arguments.get(name).and_then(Value::as_u64);
        value.ok_or_else(|| format!("{name} is a whole number of at least 0"))
    };
    match op {
        "clock.advance" => {
            server.clock.advance(number("ms")?);
            server.sweep().await;
        }
        "limits" => server.limits.change(arguments)?,
        "drop_push" => server.events.drop_next(number("count")?),
        "restart" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

/// Puts a new process in the place of this one, which prints its own ready line: nothing survives but
/// the data directory and the lead of the clock.
fn restart(clock_lead_ms: u64) -> ! {
    let failure = env::current_exe()
        .map(|program| Command::new(program).env(LEAD_VARIABLE, clock_lead_ms.to_string()).exec());
    eprintln!("qpc-rust-server: no restart: {failure:?}");
    process::exit(1);
}
