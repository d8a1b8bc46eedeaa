//! One connection to a server and the calls on it (spec/transport.md, spec/framing.md).

use super::{
    error::{Class, Error, Result},
    events::EventLog,
    frames::{connection_lost, read_to_end, read_up_to},
    methods::check_response,
    trust::client_config,
};
use qpc_wire::frame::{self, ResponseHeader};
use quinn::{RecvStream, SendStream, VarInt, WriteError};
use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// A server as a client is told of it.
#[derive(Clone, Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub server_name: String,
    pub ca_pem: String,
    pub alpn: String,
}

/// The answer to a call: any status, and the payload beside it.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u8,
    pub body: Vec<u8>,
}

/// An open connection. Its calls run concurrently, each on a stream of its own.
pub struct Connection {
    quic: quinn::Connection,
    endpoint: quinn::Endpoint,
    next_id: AtomicU32,
    pub events: Arc<EventLog>,
}

impl Connection {
    /// Connects to `server`, or gives up after `limit`.
    pub async fn open(server: &Server, limit: Duration) -> Result<Self> {
        let late = |_| Error::new(Class::Deadline, "no connection in time");
        tokio::time::timeout(limit, Self::connect(server)).await.map_err(late)?
    }

    async fn connect(server: &Server) -> Result<Self> {
        let closed = |error: &dyn std::fmt::Display| {
            Error::new(Class::ConnectionClosed, format!("{}: {error}", server.host))
        };
        let config = client_config(&server.ca_pem, server.alpn.as_bytes())?;
        let address = tokio::net::lookup_host((server.host.as_str(), server.port))
            .await
            .map_err(|error| closed(&error))?
            .next()
            .ok_or_else(|| closed(&"no address"))?;
        let local: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let endpoint = quinn::Endpoint::client(local).map_err(|error| closed(&error))?;
        let quic = endpoint
            .connect_with(config, address, &server.server_name)
            .map_err(|error| Error::local(error.to_string()))?
            .await
            .map_err(|error| connection_lost(&error))?;
        let events = Arc::new(EventLog::default());
        tokio::spawn(events.clone().follow(quic.clone()));
        Ok(Self { quic, endpoint, next_id: AtomicU32::new(1), events })
    }

    /// Calls `method` and checks the frame and the message of the answer. Whoever drops the future
    /// gives up the call: its stream is reset, the connection lives.
    pub async fn call(&self, method: u16, body: &[u8], limit: Duration) -> Result<Answer> {
        let late = |_| Error::new(Class::Deadline, format!("method {method}: no answer in time"));
        tokio::time::timeout(limit, self.exchange(method, body)).await.map_err(late)?
    }

    async fn exchange(&self, method: u16, body: &[u8]) -> Result<Answer> {
        let request_id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let request = frame::encode_request(method, request_id, body);
        let (send, receive) = self.quic.open_bi().await.map_err(|error| connection_lost(&error))?;
        let answer = Exchange { send, receive, done: false }.run(&request, request_id).await?;
        if answer.status == 0 {
            check_response(method, &answer.body)?;
        }
        Ok(answer)
    }

    /// Why the connection ended, or `None` while it is open.
    pub fn ended(&self) -> Option<Error> {
        self.quic.close_reason().map(|reason| connection_lost(&reason))
    }

    /// Ends the connection with CONNECTION_CLOSE; calls under way fail.
    pub async fn close(&self) {
        self.quic.close(VarInt::from_u32(0), b"");
        let _ = tokio::time::timeout(Duration::from_millis(200), self.endpoint.wait_idle()).await;
    }
}

/// The two halves of a stream. A call that is given up is reset and stopped.
struct Exchange {
    send: SendStream,
    receive: RecvStream,
    /// Whether nothing is left to give up.
    done: bool,
}

impl Exchange {
    /// Writes the request while the answer is read: it may come before the last byte has gone.
    async fn run(&mut self, request: &[u8], request_id: u32) -> Result<Answer> {
        let Self { send, receive, done } = self;
        let mut written = false;
        let writing = async {
            match send.write_all(request).await {
                Ok(()) => written = send.finish().is_ok(),
                // The server may answer without the rest.
                Err(WriteError::Stopped(_)) => {}
                Err(error) => return Err(Error::new(Class::ConnectionClosed, error.to_string())),
            }
            std::future::pending().await
        };
        let answer = tokio::select! {
            answer = read_answer(receive, request_id) => answer,
            failed = writing => failed,
        };
        *done = answer.is_ok() && written;
        answer
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // Both are refused, without harm, when that side has ended already.
        let _ = self.send.reset(VarInt::from_u32(0));
        let _ = self.receive.stop(VarInt::from_u32(0));
    }
}

async fn read_answer(stream: &mut RecvStream, request_id: u32) -> Result<Answer> {
    let mut header = [0; ResponseHeader::LEN];
    read_up_to(stream, &mut header).await?;
    let header = ResponseHeader::decode(&header);
    let body = read_to_end(stream, header.payload_len).await?;
    if header.request_id != request_id {
        let text = format!("{} instead of {request_id}", header.request_id);
        return Err(Error::new(Class::FrameRequestId, text));
    }
    Ok(Answer { status: header.status, body })
}
