// The messages as fields: RFC 9807 section 5.1 (registration), 6.1 (key exchange), 6.3.1, 4.1.1.
// Every length is fixed [opaque.wire-sizes]; the fields are views into the message.

import { checkLength } from "../error.ts";
import { SIZES, WIRE } from "../parameters.ts";

const { Nn, Nm, Nh, Noe, Npk } = SIZES;

export function readRegistrationRequest(request: Uint8Array) {
  const take = reader(request, WIRE.registrationRequest, "RegistrationRequest");
  return { blindedMessage: take(Noe) };
}

export function readRegistrationResponse(response: Uint8Array) {
  const take = reader(response, WIRE.registrationResponse, "RegistrationResponse");
  return { evaluatedMessage: take(Noe), serverPublicKey: take(Npk) };
}

export function readRecord(record: Uint8Array) {
  const take = reader(record, WIRE.registrationUpload, "RegistrationRecord");
  return { clientPublicKey: take(Npk), maskingKey: take(Nh), envelope: take(Nn + Nm) };
}

export function readEnvelope(envelope: Uint8Array) {
  const take = reader(envelope, Nn + Nm, "Envelope");
  return { envelopeNonce: take(Nn), authTag: take(Nm) };
}

export function readKE1(ke1: Uint8Array) {
  const take = reader(ke1, WIRE.ke1, "KE1");
  return { blindedMessage: take(Noe), clientNonce: take(Nn), clientPublicKeyshare: take(Npk) };
}

export function readKE2(ke2: Uint8Array) {
  const take = reader(ke2, WIRE.ke2, "KE2");
  return {
    evaluatedMessage: take(Noe),
    maskingNonce: take(Nn),
    maskedResponse: take(Npk + Nn + Nm),
    serverNonce: take(Nn),
    serverPublicKeyshare: take(Npk),
    serverMac: take(Nm),
    /** The first three fields together, as the transcript wants them. */
    credentialResponse: ke2.subarray(0, Noe + Nn + Npk + Nn + Nm),
  };
}

/** reader checks the length of the whole, then hands out the fields one after the other. */
function reader(message: Uint8Array, length: number, name: string): (size: number) => Uint8Array {
  checkLength(message, length, name);
  let offset = 0;
  return (size) => {
    offset += size;
    return message.subarray(offset - size, offset);
  };
}
