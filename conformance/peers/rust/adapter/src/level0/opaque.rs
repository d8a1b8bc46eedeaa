//! The steps of an OPAQUE client that take their random values from outside: opaque-ke lets the
//! state between two steps be given, and not the blind of the first one.

use crate::{
    protocol::{Arguments, Failure, Outcome, bytes},
    sdk::{
        account::Parameters,
        error::{Class, Error},
    },
};
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, RegistrationResponse,
    errors::ProtocolError,
    rand::{self, CryptoRng, RngCore, rngs::OsRng},
};
use qpc_wire::lengths;
use serde_json::json;

pub fn run(name: &str, arguments: &Arguments<'_>) -> Outcome {
    match (name, arguments.text("step")?) {
        ("client", "FinalizeRegistrationRequest") => finalize(arguments),
        ("client", "GenerateKE3") => generate_ke3(arguments),
        _ => Err(Failure::Unsupported),
    }
}

fn finalize(arguments: &Arguments<'_>) -> Outcome {
    let message = message(arguments, lengths::REGISTRATION_RESPONSE)?;
    let response = RegistrationResponse::<Parameters>::deserialize(&message).map_err(element)?;
    let inputs = arguments.object("inputs")?;
    let (blind, password) = (inputs.bytes("blind")?, inputs.bytes("password")?);
    let mut nonce = Fixed(inputs.bytes("envelope_nonce")?);
    let state = [blind, blinded_element()].concat();
    let state = ClientRegistration::<Parameters>::deserialize(&state).map_err(element)?;
    let parameters = ClientRegistrationFinishParameters::default();
    let finished = state.finish(&mut nonce, &password, response, parameters);
    let finished = finished.map_err(element)?;
    Ok(json!({
        "record": bytes(&finished.message.serialize()),
        "export_key": bytes(&finished.export_key),
    }))
}

/// Some blinded element: this step only compares it with the evaluated one.
fn blinded_element() -> Vec<u8> {
    let mut rng = OsRng;
    ClientRegistration::<Parameters>::start(&mut rng, b"")
        .map(|start| start.message.serialize().to_vec())
        .unwrap_or_default()
}

fn generate_ke3(arguments: &Arguments<'_>) -> Outcome {
    let message = message(arguments, lengths::KE2)?;
    let response = CredentialResponse::<Parameters>::deserialize(&message).map_err(element)?;
    let inputs = arguments.object("inputs")?;
    let (password, ke1) = (inputs.bytes("password")?, inputs.bytes("ke1")?);
    let nonce = ke1.get(32..64).unwrap_or_default();
    let state = [&inputs.bytes("blind")?, &ke1, &inputs.bytes("client_secret")?, nonce].concat();
    let state = ClientLogin::<Parameters>::deserialize(&state).map_err(element)?;
    let finished = state
        .finish(&mut OsRng, &password, response, ClientLoginFinishParameters::default())
        .map_err(|error| Error::new(Class::OpaqueAuth, error.to_string()))?;
    Ok(json!({
        "ke3": bytes(&finished.message.serialize()),
        "session_key": bytes(&finished.session_key),
        "server_public_key": bytes(&finished.server_s_pk.serialize()),
        "export_key": bytes(&finished.export_key),
    }))
}

fn message(arguments: &Arguments<'_>, length: usize) -> Result<Vec<u8>, Failure> {
    let message = arguments.bytes("message")?;
    if message.len() == length {
        return Ok(message);
    }
    Err(Error::staged(Class::MessageDecode, "length", "a message of another length").into())
}

fn element(error: ProtocolError) -> Error {
    Error::staged(Class::MessageDecode, "element", error.to_string())
}

/// Random bytes that are given.
struct Fixed(Vec<u8>);

impl RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        OsRng.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        OsRng.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        let count = bytes.len().min(self.0.len());
        let given: Vec<u8> = self.0.drain(..count).collect();
        bytes[..count].copy_from_slice(&given);
        bytes[count..].fill(0);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Fixed {}
