//! One bidirectional stream: a request frame and FIN in, a response frame and FIN out
//! (spec/framing.md, Bytes that are not one frame).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use qpc_wire::{
    MethodId, RpcStatus,
    frame::{MAX_PAYLOAD, RequestHeader},
};
use quinn::{ReadExactError, RecvStream, SendStream, VarInt};
use tokio::time::timeout;

use crate::{connection::Connection, dispatch::Call, refusal::Refusal, server::Server};

/// Application error codes (S-02): the status that fits.
const NORMAL: VarInt = VarInt::from_u32(0);
const MALFORMED: VarInt = VarInt::from_u32(RpcStatus::BadRequest as u32);
pub const TOO_SLOW: VarInt = VarInt::from_u32(RpcStatus::DeadlineExceeded as u32);

/// How long a client may take to read its answer.
const READING: Duration = Duration::from_secs(30);

/// What came of a stream in place of one whole frame.
enum Fault {
    /// The client gave the stream or the connection up.
    Gone,
    /// FIN before the header was complete.
    NoHeader,
    /// A deadline has passed.
    TooSlow,
    /// The header is known, so the call can be answered.
    Refused(u32, Refusal),
}

/// Serves a stream from its first byte to the acknowledgement of its last one.
pub async fn serve(
    server: Arc<Server>,
    connection: Arc<Connection>,
    (mut send, mut receive): (SendStream, RecvStream),
    is_late: bool,
) {
    let (request_id, answer) = match read_request(&server, &mut receive).await {
        Ok((header, payload)) => {
            let call = Call { server, connection, received: Instant::now(), is_late };
            let given_up = send.stopped();
            let is_wait = header.method_id == MethodId::FetchWait as u16;
            tokio::select! {
                answer = call.answer(header.method_id, payload) => (header.request_id, answer),
                // Nobody waits for the answer any more (delivery.wait-cancelled).
                _ = given_up, if is_wait => return end(&mut send, &mut receive, NORMAL),
            }
        }
        Err(Fault::Refused(request_id, refusal)) => (request_id, Err(refusal)),
        Err(Fault::NoHeader) => return end(&mut send, &mut receive, MALFORMED),
        Err(Fault::TooSlow) => return end(&mut send, &mut receive, TOO_SLOW),
        Err(Fault::Gone) => return end(&mut send, &mut receive, NORMAL),
    };
    // What the client still sends is of no use; it has been refused, or there is none.
    let _ = receive.stop(MALFORMED);
    if !matches!(timeout(READING, write_answer(&mut send, request_id, answer)).await, Ok(Ok(()))) {
        let _ = send.reset(TOO_SLOW);
    }
}

async fn read_request(
    server: &Server,
    receive: &mut RecvStream,
) -> Result<(RequestHeader, Vec<u8>), Fault> {
    let opened = Instant::now();
    let limits = server.limits.get();
    let header = within(opened, limits.header_ms, read_header(receive)).await?;
    let payload = within(opened, limits.frame_ms, read_payload(receive, header)).await?;
    Ok((header, payload))
}

/// Ends the work with `TooSlow` so many milliseconds after the stream was opened; 0 = never.
async fn within<T>(
    opened: Instant,
    ms: u64,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    if ms == 0 {
        return work.await;
    }
    let deadline = opened + Duration::from_millis(ms);
    tokio::time::timeout_at(deadline.into(), work).await.unwrap_or(Err(Fault::TooSlow))
}

async fn read_header(receive: &mut RecvStream) -> Result<RequestHeader, Fault> {
    let mut bytes = [0; RequestHeader::LEN];
    receive.read_exact(&mut bytes).await.map_err(|error| match error {
        ReadExactError::FinishedEarly(_) => Fault::NoHeader,
        ReadExactError::ReadError(_) => Fault::Gone,
    })?;
    Ok(RequestHeader::decode(&bytes))
}

/// Reads to the FIN, so that the answer does not depend on how the bytes were cut into packets.
async fn read_payload(receive: &mut RecvStream, header: RequestHeader) -> Result<Vec<u8>, Fault> {
    let refused = |code| Fault::Refused(header.request_id, Refusal::bad_request(code));
    let announced = usize::try_from(header.payload_len).unwrap_or(usize::MAX);
    if announced > MAX_PAYLOAD {
        return Err(refused("PAYLOAD_TOO_LARGE"));
    }
    let mut payload = Vec::new();
    while let Some(chunk) = receive.read_chunk(MAX_PAYLOAD, true).await.map_err(|_| Fault::Gone)? {
        payload.extend_from_slice(&chunk.bytes);
        if payload.len() > announced {
            return Err(refused("framing.trailing-bytes"));
        }
    }
    if payload.len() < announced { Err(refused("framing.truncated-payload")) } else { Ok(payload) }
}

/// Writes the frame and waits until the client has it, so that a drain does not cut it off.
async fn write_answer(
    send: &mut SendStream,
    request_id: u32,
    answer: Result<Vec<u8>, Refusal>,
) -> Result<(), quinn::WriteError> {
    let (status, payload) = match answer {
        Ok(payload) => (RpcStatus::Ok, payload),
        Err(refusal) => (refusal.status, refusal.payload()),
    };
    let frame = qpc_wire::frame::encode_response(status as u8, request_id, &payload);
    drop(payload);
    send.write_chunk(frame.into()).await?;
    let _ = send.finish();
    let _ = send.stopped().await;
    Ok(())
}

fn end(send: &mut SendStream, receive: &mut RecvStream, code: VarInt) {
    let _ = send.reset(code);
    let _ = receive.stop(code);
}
