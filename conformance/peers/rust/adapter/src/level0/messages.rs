//! The messages of `msg.roundtrip` and `content.roundtrip`, by their names.

use crate::{
    protocol::{Arguments, Failure, Outcome, hexadecimal},
    sdk::{
        content,
        error::{Class, Error},
    },
};
use qpc_wire::{Message, client, v1};
use serde_json::json;

/// Decodes and encodes the message of package qpc.v1 that is named.
macro_rules! round_trip {
    ($name:expr, $bytes:expr, $($message:ident,)*) => {
        match $name {
            $(stringify!($message) => Some(again::<v1::$message>($bytes)),)*
            _ => None,
        }
    };
}

pub fn run(name: &str, arguments: &Arguments<'_>) -> Outcome {
    let message = arguments.text("type")?;
    let bytes = arguments.bytes("bytes")?;
    let encoded = match (name, message) {
        ("roundtrip", "qpc.client.v1.Content") => content::read(&bytes)?.encode_to_vec(),
        ("roundtrip", "qpc.client.v1.TranscriptRecord") => record(&bytes)?,
        ("roundtrip", message) => {
            let name = message.strip_prefix("qpc.v1.").unwrap_or_default();
            known(name, &bytes).ok_or(Failure::Unsupported)??
        }
        _ => return Err(Failure::Unsupported),
    };
    Ok(json!({"bytes": hexadecimal(&encoded)}))
}

/// A record has the key of its sender and a content that is one (spec/client/transcript.md).
fn record(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let record = client::v1::TranscriptRecord::decode(bytes).map_err(undecodable)?;
    let content = record.content.as_ref();
    let content = content.ok_or_else(|| broken("no content"))?;
    content::check(content)?;
    if record.sender_key.len() != 32 {
        return Err(broken("sender_key is not 32 bytes"));
    }
    if !(1..=512).contains(&record.sender_name.len()) {
        return Err(broken("sender_name is not 1 to 512 bytes"));
    }
    if record.received_at_ms > content::LATEST_MS {
        return Err(broken("received_at_ms is after the year 9999"));
    }
    Ok(record.encode_to_vec())
}

fn again<M: Message + Default>(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    M::decode(bytes).map(|message| message.encode_to_vec()).map_err(undecodable)
}

fn undecodable(error: impl ToString) -> Error {
    Error::staged(Class::MessageDecode, "message", error.to_string())
}

fn broken(text: &str) -> Error {
    Error::staged(Class::MessageDecode, "rule", text)
}

#[rustfmt::skip]
fn known(name: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    round_trip!(
        name, bytes,
        AckRequest, AckResponse, AuditKeyTransparencyRequest, AuditKeyTransparencyResponse, Auth,
        BanUserRequest, BanUserResponse, BannedUser, BatchEnqueueRequest, BatchEnqueueResponse,
        CheckRevocationRequest, CheckRevocationResponse, ConsistencyProof, CreateChannelRequest,
        CreateChannelResponse, DeleteAccountRequest, DeleteAccountResponse,
        DeleteRecoveryBundleRequest, DeleteRecoveryBundleResponse, Device, DownloadBlobRequest,
        DownloadBlobResponse, EnqueueRequest, EnqueueResponse, Envelope, ErrorDetail,
        FederationAuth, FederationHealthRequest, FederationHealthResponse, FetchHybridKeyRequest,
        FetchHybridKeyResponse, FetchHybridKeysRequest, FetchHybridKeysResponse,
        FetchKeyPackageRequest, FetchKeyPackageResponse, FetchRecoveryBundleRequest,
        FetchRecoveryBundleResponse, FetchRequest, FetchResponse, FetchWaitRequest,
        FetchWaitResponse, GroupMember, GroupMembershipChange, HealthRequest, HealthResponse,
        InclusionProof, ListBannedRequest, ListBannedResponse, ListDevicesRequest,
        ListDevicesResponse, ListGroupMembersRequest, ListGroupMembersResponse, ListReportsRequest,
        ListReportsResponse, LogEntry, NewMessage, OpaqueLoginFinishRequest,
        OpaqueLoginFinishResponse, OpaqueLoginStartRequest, OpaqueLoginStartResponse,
        OpaqueRegisterFinishRequest, OpaqueRegisterFinishResponse, OpaqueRegisterStartRequest,
        OpaqueRegisterStartResponse, PeekRequest, PeekResponse, PresenceUpdate,
        ProxyFetchHybridKeyRequest, ProxyFetchHybridKeyResponse, ProxyFetchKeyPackageRequest,
        ProxyFetchKeyPackageResponse, ProxyResolveUserRequest, ProxyResolveUserResponse,
        PublishEndpointRequest, PublishEndpointResponse, PushEvent, RegisterDeviceRequest,
        RegisterDeviceResponse, RegisterPushTokenRequest, RegisterPushTokenResponse,
        RelayBatchEnqueueRequest, RelayBatchEnqueueResponse, RelayEnqueueRequest,
        RelayEnqueueResponse, RelayMessage, RemoveMemberRequest, RemoveMemberResponse, Report,
        ReportMessageRequest, ReportMessageResponse, ResolveEndpointRequest,
        ResolveEndpointResponse, ResolveIdentityRequest, ResolveIdentityResponse,
        ResolveUserRequest, ResolveUserResponse, RevokeDeviceRequest, RevokeDeviceResponse,
        RevokeKeyRequest, RevokeKeyResponse, RotateKeysRequest, RotateKeysResponse, SessionTrailer,
        StoreRecoveryBundleRequest, StoreRecoveryBundleResponse, TypingIndicator, UnbanUserRequest,
        UnbanUserResponse, UpdateGroupMetadataRequest, UpdateGroupMetadataResponse,
        UploadBlobRequest, UploadBlobResponse, UploadHybridKeyRequest, UploadHybridKeyResponse,
        UploadKeyPackageRequest, UploadKeyPackageResponse,
    )
}
