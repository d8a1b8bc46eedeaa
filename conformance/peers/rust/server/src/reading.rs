//! Methods 201 to 204: the owner reads and empties an inbox (spec/services/delivery.md). No method of
//! this server registers a device, so every device_id stands for the unscoped view.

use qpc_wire::{
    lengths::{DEVICE_ID, IDENTITY_KEY},
    v1::{
        AckRequest, AckResponse, Envelope, FetchRequest, FetchResponse, FetchWaitRequest,
        FetchWaitResponse, PeekRequest, PeekResponse,
    },
};

use crate::{
    delivery::{check_channel_id, existing_channel},
    dispatch::{Call, SessionMethod},
    inbox,
    refusal::{Refusal, require},
    server::Server,
    sessions::Session,
};

const DEFAULT_LIMIT: u32 = 100;

impl SessionMethod for FetchRequest {
    type Response = FetchResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<FetchResponse, Refusal> {
        let inbox = Inbox { recipient_key: self.recipient_key, channel_id: self.channel_id };
        inbox.check(&self.device_id, caller)?;
        Ok(FetchResponse { payloads: inbox.read(&call.server, self.limit).await? })
    }
}

impl SessionMethod for PeekRequest {
    type Response = PeekResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<PeekResponse, Refusal> {
        let inbox = Inbox { recipient_key: self.recipient_key, channel_id: self.channel_id };
        inbox.check(&self.device_id, caller)?;
        Ok(PeekResponse { payloads: inbox.read(&call.server, self.limit).await? })
    }
}

impl SessionMethod for FetchWaitRequest {
    type Response = FetchWaitResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<FetchWaitResponse, Refusal> {
        let server = &call.server;
        let inbox = Inbox { recipient_key: self.recipient_key, channel_id: self.channel_id };
        inbox.check(&self.device_id, caller)?;
        let cap_ms = match server.limits.get().wait_ms {
            0 => u64::MAX,
            ms => ms,
        };
        let deadline_ms = server.clock.now_ms().saturating_add(self.timeout_ms.min(cap_ms));
        let waiter = server.waits.register(&inbox.recipient_key, &inbox.channel_id);
        loop {
            let mut next = std::pin::pin!(waiter.next());
            next.as_mut().enable();
            let payloads = inbox.read(server, self.limit).await?;
            let now_ms = server.clock.now_ms();
            if !caller.is_live(now_ms) {
                return Err(Refusal::UNAUTHORIZED);
            }
            if !payloads.is_empty() || deadline_ms <= now_ms {
                return Ok(FetchWaitResponse { payloads });
            }
            tokio::select! {
                () = next => {}
                () = caller.ended(&server.clock) => return Err(Refusal::UNAUTHORIZED),
                () = server.clock.sleep_until(deadline_ms) => {}
                () = server.drain.begun() => return Ok(FetchWaitResponse::default()),
            }
        }
    }
}

impl SessionMethod for AckRequest {
    type Response = AckResponse;

    async fn handle(self, call: &Call, caller: &Session) -> Result<AckResponse, Refusal> {
        let inbox = Inbox { recipient_key: self.recipient_key, channel_id: self.channel_id };
        inbox.check(&self.device_id, caller)?;
        let Inbox { recipient_key, channel_id } = inbox;
        call.server
            .store
            .run(move |db| inbox::acknowledge(db, &recipient_key, &channel_id, self.seq_up_to))
            .await?;
        Ok(AckResponse {})
    }
}

struct Inbox {
    recipient_key: Vec<u8>,
    channel_id: Vec<u8>,
}

impl Inbox {
    /// Field rules, then permission on the inbox, then the channel (spec/methods.md).
    fn check(&self, device_id: &[u8], caller: &Session) -> Result<(), Refusal> {
        require(self.recipient_key.len() == IDENTITY_KEY, "delivery.recipient-key")?;
        check_channel_id(&self.channel_id)?;
        let is_device = device_id.is_empty() || device_id.len() == DEVICE_ID;
        require(is_device, "delivery.device-id-length")?;
        if self.recipient_key != caller.identity {
            return Err(Refusal::forbidden("delivery.own-inbox"));
        }
        existing_channel(&self.channel_id)
    }

    async fn read(&self, server: &Server, limit: u32) -> Result<Vec<Envelope>, Refusal> {
        let (recipient_key, channel_id) = (self.recipient_key.clone(), self.channel_id.clone());
        let limit = if limit == 0 { DEFAULT_LIMIT } else { limit };
        let now_ms = server.clock.now_ms();
        server
            .store
            .run(move |db| inbox::read(db, &recipient_key, &channel_id, limit, now_ms))
            .await
    }
}
