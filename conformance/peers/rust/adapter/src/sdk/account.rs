//! Registration and login with OPAQUE (spec/crypto/opaque.md, spec/services/auth.md).

use super::{
    error::{Class, Error, Result},
    session::Session,
};
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, RegistrationResponse, Ristretto255,
    TripleDh, errors::ProtocolError, rand::rngs::OsRng,
};
use qpc_wire::{MethodId, lengths, v1};

/// The parameters of the protocol: those of opaque-ke with Argon2id as it comes.
pub struct Parameters;

impl CipherSuite for Parameters {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = argon2::Argon2<'static>;
}

/// Registers `username` with `identity_key`; a name or key that is taken is refused.
pub async fn register(
    session: &mut Session,
    username: &str,
    password: &[u8],
    identity_key: &[u8],
) -> Result<()> {
    let start =
        ClientRegistration::<Parameters>::start(&mut OsRng, password).map_err(opaque_failed)?;
    let request = v1::OpaqueRegisterStartRequest {
        username: username.to_owned(),
        request: start.message.serialize().to_vec(),
    };
    let answer: v1::OpaqueRegisterStartResponse =
        session.call(MethodId::OpaqueRegisterStart, &request).await?;
    check_length(&answer.response, lengths::REGISTRATION_RESPONSE)?;
    let response = RegistrationResponse::deserialize(&answer.response).map_err(opaque_failed)?;
    let finish = start
        .state
        .finish(&mut OsRng, password, response, ClientRegistrationFinishParameters::default())
        .map_err(opaque_failed)?;
    let request = v1::OpaqueRegisterFinishRequest {
        username: username.to_owned(),
        upload: finish.message.serialize().to_vec(),
        identity_key: identity_key.to_vec(),
    };
    let answer: v1::OpaqueRegisterFinishResponse =
        session.call(MethodId::OpaqueRegisterFinish, &request).await?;
    if answer.success { Ok(()) } else { Err(Error::local("the name or the key is taken")) }
}

/// Logs in and keeps the session. Nothing is sent after an answer that does not verify.
pub async fn login(
    session: &mut Session,
    username: &str,
    password: &[u8],
    identity_key: &[u8],
) -> Result<()> {
    let start = ClientLogin::<Parameters>::start(&mut OsRng, password).map_err(opaque_failed)?;
    let request = v1::OpaqueLoginStartRequest {
        username: username.to_owned(),
        request: start.message.serialize().to_vec(),
    };
    let answer: v1::OpaqueLoginStartResponse =
        session.call(MethodId::OpaqueLoginStart, &request).await?;
    check_length(&answer.response, lengths::KE2)?;
    let response = CredentialResponse::deserialize(&answer.response).map_err(opaque_failed)?;
    let finish = start
        .state
        .finish(&mut OsRng, password, response, ClientLoginFinishParameters::default())
        .map_err(opaque_failed)?;
    let request = v1::OpaqueLoginFinishRequest {
        username: username.to_owned(),
        finalization: finish.message.serialize().to_vec(),
        identity_key: identity_key.to_vec(),
    };
    let answer: Result<v1::OpaqueLoginFinishResponse> =
        session.call(MethodId::OpaqueLoginFinish, &request).await;
    let token = answer.map_err(login_refused)?.session_token;
    if token.len() != lengths::SESSION_TOKEN {
        return Err(Error::local("a session token of another length"));
    }
    session.logged_in(token);
    Ok(())
}

/// opaque-ke ignores what follows a message.
fn check_length(message: &[u8], length: usize) -> Result<()> {
    if message.len() == length {
        return Ok(());
    }
    Err(Error::new(Class::OpaqueAuth, format!("a message of {} bytes", message.len())))
}

fn opaque_failed(error: ProtocolError) -> Error {
    Error::new(Class::OpaqueAuth, error.to_string())
}

/// The server says Unauthorized to a wrong password.
fn login_refused(error: Error) -> Error {
    const UNAUTHORIZED: Option<u8> = Some(2);
    if error.status == UNAUTHORIZED { Error { class: Class::OpaqueAuth, ..error } } else { error }
}
