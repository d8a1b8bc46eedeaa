//! Which message answers which method (spec/methods.md), to refuse answers that are none.

use super::error::{Class, Error, Result};
use qpc_wire::{Message, MethodId, v1};

macro_rules! check_responses {
    ($method:expr, $body:expr, $($id:ident => $message:ident,)*) => {
        match $method {
            $(MethodId::$id => v1::$message::decode($body).map(drop),)*
            MethodId::Unspecified => Ok(()),
        }
    };
}

/// Refuses a `body` that is not the response message of `method`; methods without a number of their
/// own have no message.
pub fn check_response(method: u16, body: &[u8]) -> Result<()> {
    let Ok(method) = MethodId::try_from(i32::from(method)) else {
        return Ok(());
    };
    check_responses!(method, body,
        OpaqueRegisterStart => OpaqueRegisterStartResponse,
        OpaqueRegisterFinish => OpaqueRegisterFinishResponse,
        OpaqueLoginStart => OpaqueLoginStartResponse,
        OpaqueLoginFinish => OpaqueLoginFinishResponse,
        Enqueue => EnqueueResponse,
        Fetch => FetchResponse,
        FetchWait => FetchWaitResponse,
        Peek => PeekResponse,
        Ack => AckResponse,
        BatchEnqueue => BatchEnqueueResponse,
        UploadKeyPackage => UploadKeyPackageResponse,
        FetchKeyPackage => FetchKeyPackageResponse,
        UploadHybridKey => UploadHybridKeyResponse,
        FetchHybridKey => FetchHybridKeyResponse,
        FetchHybridKeys => FetchHybridKeysResponse,
        CreateChannel => CreateChannelResponse,
        RemoveMember => RemoveMemberResponse,
        UpdateGroupMetadata => UpdateGroupMetadataResponse,
        ListGroupMembers => ListGroupMembersResponse,
        RotateKeys => RotateKeysResponse,
        ReportMessage => ReportMessageResponse,
        BanUser => BanUserResponse,
        UnbanUser => UnbanUserResponse,
        ListReports => ListReportsResponse,
        ListBanned => ListBannedResponse,
        ResolveUser => ResolveUserResponse,
        ResolveIdentity => ResolveIdentityResponse,
        RevokeKey => RevokeKeyResponse,
        CheckRevocation => CheckRevocationResponse,
        AuditKeyTransparency => AuditKeyTransparencyResponse,
        UploadBlob => UploadBlobResponse,
        DownloadBlob => DownloadBlobResponse,
        RegisterDevice => RegisterDeviceResponse,
        ListDevices => ListDevicesResponse,
        RevokeDevice => RevokeDeviceResponse,
        RegisterPushToken => RegisterPushTokenResponse,
        StoreRecoveryBundle => StoreRecoveryBundleResponse,
        FetchRecoveryBundle => FetchRecoveryBundleResponse,
        DeleteRecoveryBundle => DeleteRecoveryBundleResponse,
        PublishEndpoint => PublishEndpointResponse,
        ResolveEndpoint => ResolveEndpointResponse,
        Health => HealthResponse,
        RelayEnqueue => RelayEnqueueResponse,
        RelayBatchEnqueue => RelayBatchEnqueueResponse,
        ProxyFetchKeyPackage => ProxyFetchKeyPackageResponse,
        ProxyFetchHybridKey => ProxyFetchHybridKeyResponse,
        ProxyResolveUser => ProxyResolveUserResponse,
        FederationHealth => FederationHealthResponse,
        DeleteAccount => DeleteAccountResponse,
    )
    .map_err(|error| Error::new(Class::MessageDecode, error.to_string()))
}
