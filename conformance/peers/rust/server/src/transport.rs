//! The QUIC endpoint, its connections and their streams (spec/transport.md).

use std::{
    error::Error,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use quinn::{Endpoint, EndpointConfig, IdleTimeout, Incoming, TransportConfig, VarInt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::time::timeout;

use crate::{
    call,
    config::{Config, Limits},
    connection::Connection,
    server::Server,
    tls,
};

/// Calls that may be open at once on a connection (transport.stream-limit).
const CONCURRENT_CALLS: u32 = 1024;

/// Bytes that may be under way on one stream, and on all streams of one connection.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;

const SOCKET_BUFFER: usize = 4 << 20;

const HANDSHAKE: Duration = Duration::from_secs(10);

/// Opens the endpoint.
pub fn listen(config: &Config) -> Result<Endpoint, Box<dyn Error>> {
    let mut quic = quinn::ServerConfig::with_crypto(Arc::new(tls::server_config(config)?));
    quic.transport_config(Arc::new(transport_config(config.limits)?));
    let runtime = quinn::default_runtime().ok_or("there is no runtime")?;
    Ok(Endpoint::new(EndpointConfig::default(), Some(quic), bind(config.listen)?, runtime)?)
}

/// Binds the one socket of all connections. The usual buffers hold a twentieth of a large frame, so a
/// burst of packets would be lost in them; the system may grant less than is asked for.
fn bind(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn transport_config(limits: Limits) -> Result<TransportConfig, Box<dyn Error>> {
    let idle = match limits.idle_ms {
        0 => None,
        ms => Some(IdleTimeout::try_from(Duration::from_millis(ms))?),
    };
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(CONCURRENT_CALLS.into())
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(STREAM_WINDOW.into())
        .receive_window(CONNECTION_WINDOW.into())
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(idle);
    Ok(transport)
}

/// Accepts connections until the endpoint is closed; refuses them once the drain has begun.
pub async fn accept(endpoint: Endpoint, server: Arc<Server>) {
    while let Some(incoming) = endpoint.accept().await {
        if server.drain.has_begun() {
            incoming.refuse();
        } else {
            tokio::spawn(serve(incoming, server.clone()));
        }
    }
}

async fn serve(incoming: Incoming, server: Arc<Server>) {
    let Ok(handshake) = incoming.accept() else { return };
    let Ok(Ok(quic)) = timeout(HANDSHAKE, handshake).await else { return };
    let connection = Arc::new(Connection::new(quic));
    while let Ok(streams) = connection.quic.accept_bi().await {
        let is_late = server.drain.has_begun();
        let running = server.drain.run();
        let call = call::serve(server.clone(), connection.clone(), streams, is_late);
        tokio::spawn(async move {
            call.await;
            drop(running);
        });
    }
    server.events.forget(&connection);
}
