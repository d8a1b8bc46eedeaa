//! Calls of a user: typed messages, the session token, reconnecting and repeating what may be
//! repeated (spec/sessions.md, methods.client-retry, status.client-backoff).

use super::{
    connection::{Answer, Connection, Server},
    error::{Class, Error, Result},
};
use qpc_wire::{Message, MethodId, RpcStatus, v1};
use std::{sync::Arc, time::Duration};

/// Longest wait for the answer to one call.
const CALL_LIMIT: Duration = Duration::from_secs(6);

/// Attempts at a call that is answered RateLimited.
const RATE_ATTEMPTS: u32 = 5;

/// Waits between them, unless the server says how long.
const RATE_WAIT: Duration = Duration::from_millis(250);
const RATE_WAIT_LONGEST: Duration = Duration::from_secs(2);

/// The server of a user and the session there.
pub struct Session {
    server: Server,
    connection: Option<Arc<Connection>>,
    token: Option<Vec<u8>>,
    /// Whether the login was made on `connection`.
    bound: bool,
}

impl Session {
    pub fn new(server: Server) -> Self {
        Self { server, connection: None, token: None, bound: false }
    }

    /// The open connection, made anew if there is none.
    pub async fn connection(&mut self) -> Result<Arc<Connection>> {
        if let Some(connection) = self.connection.as_ref().filter(|open| open.ended().is_none()) {
            return Ok(connection.clone());
        }
        let connection = Arc::new(Connection::open(&self.server, CALL_LIMIT).await?);
        self.connection = Some(connection.clone());
        self.bound = false;
        Ok(connection)
    }

    /// Takes the token of a login that was made on the current connection.
    pub fn logged_in(&mut self, token: Vec<u8>) {
        self.token = Some(token);
        self.bound = true;
    }

    /// Closes the connection; the session remains.
    pub async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }

    /// Calls `method`; a status other than Ok is an error.
    pub async fn call<Request, Response>(
        &mut self,
        method: MethodId,
        request: &Request,
    ) -> Result<Response>
    where
        Request: Message,
        Response: Message + Default,
    {
        let answer = self.answer(method, &request.encode_to_vec()).await?;
        if answer.status != 0 {
            return Err(Error::refused(method, answer.status));
        }
        Response::decode(answer.body.as_slice())
            .map_err(|error| Error::new(Class::MessageDecode, format!("{method:?}: {error}")))
    }

    async fn answer(&mut self, method: MethodId, body: &[u8]) -> Result<Answer> {
        for _ in 1..RATE_ATTEMPTS {
            let answer = self.repeatable(method, body).await?;
            if answer.status != RpcStatus::RateLimited as u8 {
                return Ok(answer);
            }
            tokio::time::sleep(rate_wait(&answer.body)).await;
        }
        self.repeatable(method, body).await
    }

    /// Repeats an idempotent call once when its answer was lost.
    async fn repeatable(&mut self, method: MethodId, body: &[u8]) -> Result<Answer> {
        match self.raw(i32::from(method), body, CALL_LIMIT).await {
            Err(error) if error.unreachable() && idempotent(method) => {
                self.raw(i32::from(method), body, CALL_LIMIT).await
            }
            outcome => outcome,
        }
    }

    /// Calls a method by its number, with the token in the body where the connection is not bound.
    pub async fn raw(&mut self, method: i32, body: &[u8], limit: Duration) -> Result<Answer> {
        let connection = self.connection().await?;
        let method = u16::try_from(method).map_err(|_| Error::local("no such method"))?;
        connection.call(method, &self.with_token(body), limit).await
    }

    /// `body` with the session trailer, if the connection does not show the session already.
    pub fn with_token(&self, body: &[u8]) -> Vec<u8> {
        let token = self.token.as_ref().filter(|_| !self.bound);
        let trailer = v1::SessionTrailer {
            auth: token.map(|token| v1::Auth { access_token: token.clone(), ..Default::default() }),
        };
        [body, &trailer.encode_to_vec()].concat()
    }
}

fn rate_wait(detail: &[u8]) -> Duration {
    // Nothing in an ErrorDetail is needed (status.client-error-detail).
    let wait = v1::ErrorDetail::decode(detail).map_or(0, |detail| detail.retry_after_ms);
    match wait {
        0 => RATE_WAIT,
        wait => Duration::from_millis(wait).min(RATE_WAIT_LONGEST),
    }
}

fn idempotent(method: MethodId) -> bool {
    !matches!(
        method,
        MethodId::OpaqueRegisterFinish
            | MethodId::OpaqueLoginStart
            | MethodId::OpaqueLoginFinish
            | MethodId::FetchKeyPackage
            | MethodId::RotateKeys
            | MethodId::ReportMessage
    )
}
