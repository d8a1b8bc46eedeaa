//! From a method number to its handler, with the checks in the order of spec/methods.md: method,
//! decoding, session, rate; what comes later depends on the method and is in its handler.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use qpc_wire::{
    Message, MethodId,
    frame::MAX_PAYLOAD,
    v1::{
        self, HealthRequest, HealthResponse, OpaqueLoginFinishRequest, OpaqueLoginStartRequest,
        OpaqueRegisterFinishRequest, OpaqueRegisterStartRequest, SessionTrailer,
    },
};
use subtle::ConstantTimeEq;

use crate::{
    connection::Connection, rates::Payer, refusal::Refusal, server::Server, sessions::Session,
};

/// The least time between a request of 100 to 103 and its answer (auth.floor).
const AUTH_FLOOR: Duration = Duration::from_millis(5);

/// Entries of a list that cost as much as a call of their own (limits.batch-cost).
const ITEMS_PER_CALL: usize = 100;

/// A method without a session; the session trailer is not looked at (sessions.open-methods-ignore).
pub trait OpenMethod: Message + Default {
    type Response: Message;

    fn handle(self, call: &Call) -> impl Future<Output = Result<Self::Response, Refusal>> + Send;
}

/// A method of a session.
pub trait SessionMethod: Message + Default {
    type Response: Message;

    /// Entries of the list that makes the call a batch.
    fn items(&self) -> usize {
        0
    }

    fn handle(
        self,
        call: &Call,
        caller: &Session,
    ) -> impl Future<Output = Result<Self::Response, Refusal>> + Send;
}

/// A method of a session, or of nobody where sealed senders are accepted.
pub trait SenderMethod: Message + Default {
    type Response: Message;

    fn items(&self) -> usize {
        0
    }

    fn handle(
        self,
        call: &Call,
        sender: Option<&Session>,
    ) -> impl Future<Output = Result<Self::Response, Refusal>> + Send;
}

/// What handlers know about a call.
pub struct Call {
    pub server: Arc<Server>,
    pub connection: Arc<Connection>,
    /// When the request was complete.
    pub received: Instant,
    /// The call began during the drain.
    pub is_late: bool,
}

impl Call {
    /// Runs a request and answers the payload of its response.
    pub async fn answer(&self, method_id: u16, payload: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let method = MethodId::try_from(i32::from(method_id))
            .ok()
            .filter(|method| family(*method).is_some_and(|one| self.server.serves(one)))
            .ok_or(Refusal::UNKNOWN_METHOD)?;
        let answer = if self.is_late && method != MethodId::Health {
            Err(Refusal::DRAINING)
        } else {
            self.run(method, payload).await
        };
        if family(method) == Some("auth") {
            tokio::time::sleep_until((self.received + AUTH_FLOOR).into()).await;
        }
        answer.and_then(
            |bytes| {
                if bytes.len() > MAX_PAYLOAD { Err(Refusal::INTERNAL) } else { Ok(bytes) }
            },
        )
    }

    async fn run(&self, method: MethodId, payload: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        use MethodId as M;
        match method {
            M::OpaqueRegisterStart => self.open::<OpaqueRegisterStartRequest>(payload).await,
            M::OpaqueRegisterFinish => self.open::<OpaqueRegisterFinishRequest>(payload).await,
            M::OpaqueLoginStart => self.open::<OpaqueLoginStartRequest>(payload).await,
            M::OpaqueLoginFinish => self.open::<OpaqueLoginFinishRequest>(payload).await,
            M::Enqueue => self.sender::<v1::EnqueueRequest>(payload).await,
            M::Fetch => self.session::<v1::FetchRequest>(payload).await,
            M::FetchWait => self.session::<v1::FetchWaitRequest>(payload).await,
            M::Peek => self.session::<v1::PeekRequest>(payload).await,
            M::Ack => self.session::<v1::AckRequest>(payload).await,
            M::BatchEnqueue => self.sender::<v1::BatchEnqueueRequest>(payload).await,
            M::UploadKeyPackage => self.session::<v1::UploadKeyPackageRequest>(payload).await,
            M::FetchKeyPackage => self.session::<v1::FetchKeyPackageRequest>(payload).await,
            M::UploadHybridKey => self.session::<v1::UploadHybridKeyRequest>(payload).await,
            M::FetchHybridKey => self.session::<v1::FetchHybridKeyRequest>(payload).await,
            M::FetchHybridKeys => self.session::<v1::FetchHybridKeysRequest>(payload).await,
            M::Health => Ok(self.health(decoded(&payload)?).encode_to_vec()),
            _ => Err(Refusal::UNKNOWN_METHOD),
        }
    }

    async fn open<M: OpenMethod>(&self, payload: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let request: M = decoded(&payload)?;
        drop(payload);
        self.pay(None, 0)?;
        Ok(request.handle(self).await?.encode_to_vec())
    }

    async fn session<M: SessionMethod>(&self, payload: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let (request, caller): (M, _) = self.identified(&payload)?;
        drop(payload);
        let caller = caller.and_then(|one| one.ok_or(Refusal::UNAUTHORIZED));
        self.pay(caller.as_deref().ok(), request.items())?;
        Ok(request.handle(self, caller?.as_ref()).await?.encode_to_vec())
    }

    async fn sender<M: SenderMethod>(&self, payload: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let (request, caller): (M, _) = self.identified(&payload)?;
        drop(payload);
        let is_open = self.server.sealed_sender;
        let caller = caller.and_then(|one| match one {
            None if !is_open => Err(Refusal::UNAUTHORIZED),
            one => Ok(one),
        });
        let session = caller.as_ref().ok().and_then(Option::as_deref);
        self.pay(session, request.items())?;
        Ok(request.handle(self, caller?.as_deref()).await?.encode_to_vec())
    }

    /// Decodes the request and, from the same bytes, its trailer; answers who makes the call.
    #[expect(clippy::type_complexity, reason = "a request, and a caller that may be refused")]
    fn identified<M: Message + Default>(
        &self,
        payload: &[u8],
    ) -> Result<(M, Result<Option<Arc<Session>>, Refusal>), Refusal> {
        let trailer: SessionTrailer = decoded(payload)?;
        let token = trailer.auth.unwrap_or_default().access_token;
        Ok((decoded(payload)?, self.caller(&token)))
    }

    /// The session that makes the call; `None` where none is shown (spec/sessions.md, Where it travels).
    fn caller(&self, token: &[u8]) -> Result<Option<Arc<Session>>, Refusal> {
        let now_ms = self.server.clock.now_ms();
        if token.is_empty() {
            return match self.connection.bound() {
                Some(session) if !session.is_live(now_ms) => Err(Refusal::UNAUTHORIZED),
                bound => Ok(bound),
            };
        }
        if self.server.operator_token.as_ref().is_some_and(|own| own.ct_eq(token).into()) {
            return Err(Refusal::forbidden("sessions.operator-token"));
        }
        let session = self.server.sessions.find(token, now_ms).ok_or(Refusal::UNAUTHORIZED)?;
        self.server.events.accept(&self.connection, &session);
        Ok(Some(session))
    }

    /// Takes the call out of the window of its account or address (limits.rate-limit-key).
    fn pay(&self, caller: Option<&Session>, items: usize) -> Result<(), Refusal> {
        let payer = match caller {
            Some(session) => Payer::Account(session.identity),
            None => Payer::Address(self.connection.address),
        };
        let cost = 1 + u64::try_from(items / ITEMS_PER_CALL).unwrap_or(u64::MAX - 1);
        let limit = self.server.limits.get().rate_per_s;
        self.server.calls.take(payer, cost, limit, self.server.clock.now_ms())
    }

    /// Method 802 (spec/services/health.md).
    fn health(&self, _: HealthRequest) -> HealthResponse {
        let server = &self.server;
        let status = if server.drain.has_begun() { "draining" } else { "ok" };
        let key = server.signing_key.as_ref().map(|key| key.verifying_key().to_bytes().to_vec());
        HealthResponse {
            status: status.to_owned(),
            uptime_secs: server.clock.passed_ms(server.started) / 1000,
            signing_key: key.unwrap_or_default(),
        }
    }
}

fn decoded<M: Message + Default>(payload: &[u8]) -> Result<M, Refusal> {
    M::decode(payload).map_err(|_| Refusal::bad_request("framing.undecodable-payload"))
}

/// The family of a method that this server implements.
fn family(method: MethodId) -> Option<&'static str> {
    match method as i32 {
        100..=103 => Some("auth"),
        200..=205 => Some("delivery"),
        300..=304 => Some("keys"),
        802 => Some("health"),
        _ => None,
    }
}
