//! An independent quicprochat server: OPAQUE, sessions, delivery, keys, health and push events,
//! written from the chapters under `spec/` and the messages under `proto/`.

mod auth;
mod call;
mod clock;
mod config;
mod connection;
mod delivery;
mod dispatch;
mod drain;
mod events;
mod hooks;
mod inbox;
mod keys;
mod opaque;
mod rates;
mod reading;
mod refusal;
mod server;
mod sessions;
mod store;
mod tls;
mod transport;
mod waits;

use std::{error::Error, process::ExitCode, sync::Arc, thread};

use serde_json::json;
use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
};

use crate::{config::Config, server::Server};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("qpc-rust-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until SIGTERM or SIGINT, then drains.
async fn run() -> Result<(), Box<dyn Error>> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let config = Config::from_env()?;
    let server = Arc::new(Server::start(&config).await?);
    let endpoint = transport::listen(&config)?;
    tokio::spawn(transport::accept(endpoint.clone(), server.clone()));
    tokio::spawn({
        let server = server.clone();
        async move { server.sweep_for_ever().await }
    });
    let address = endpoint.local_addr()?;
    println!("{}", ready_line(&config, &address.ip().to_string(), address.port()));
    thread::spawn({
        let (server, endpoint, runtime) = (server.clone(), endpoint.clone(), Handle::current());
        move || hooks::serve(&server, &endpoint, &runtime)
    });
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.leave(&endpoint).await;
    Ok(())
}

/// What this server is and how it reads the open questions (spec/errata.md, Profile flags).
fn ready_line(config: &Config, host: &str, port: u16) -> serde_json::Value {
    let on = |flag| if config.is_on(flag) { "on" } else { "off" };
    json!({ "ready": {
        "host": host,
        "port": port,
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "features": config.features(),
        "profile": {
            "alpn": config.alpn.first(),
            "session": "both",
            "seq": "contiguous",
            "push": if config.features().contains(&"push") { "on" } else { "off" },
            "reconstructed": "draft",
            "rate-limit": "on",
            "sealed-sender": on("sealed-sender"),
            "delivery-proof": on("delivery-proof"),
        },
    } })
}
