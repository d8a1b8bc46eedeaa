// OpaqueClient on @serenity-kit/opaque. Argon2id runs in WASM and blocks the thread meanwhile.
// Spec: crypto/opaque.md [opaque.parameters].

import { client } from "@serenity-kit/opaque";
import { checkLength, OpaqueError } from "../error.ts";
import type { Login, OpaqueClient, Registration } from "../exchange.ts";
import { WIRE } from "../parameters.ts";
import { guarded, KEY_STRETCHING, toBytes, toText } from "./backend.ts";

/** serenityClient makes an OpaqueClient. */
export function serenityClient(): OpaqueClient {
  return { startRegistration, startLogin };
}

function startRegistration(password: string): Registration {
  const started = guarded({}, () => client.startRegistration({ password }));
  return {
    request: toBytes(started.registrationRequest),
    async finish(response) {
      checkLength(response, WIRE.registrationResponse, "RegistrationResponse");
      const result = guarded({ "deserialize registrationResponse": "element" }, () =>
        client.finishRegistration({
          password,
          registrationResponse: toText(response),
          clientRegistrationState: started.clientRegistrationState,
          keyStretching: KEY_STRETCHING,
        }),
      );
      return {
        upload: toBytes(result.registrationRecord),
        exportKey: toBytes(result.exportKey),
        serverPublicKey: toBytes(result.serverStaticPublicKey),
      };
    },
  };
}

function startLogin(password: string): Login {
  const started = guarded({}, () => client.startLogin({ password }));
  return {
    ke1: toBytes(started.startLoginRequest),
    async finish(ke2) {
      checkLength(ke2, WIRE.ke2, "KE2");
      const result = guarded({ "deserialize loginResponse": "element" }, () =>
        client.finishLogin({
          password,
          loginResponse: toText(ke2),
          clientLoginState: started.clientLoginState,
          keyStretching: KEY_STRETCHING,
        }),
      );
      // The backend does not tell a wrong password from a server that cannot prove itself.
      if (!result)
        throw new OpaqueError("login", "the password or the server is not the right one");
      return {
        finalization: toBytes(result.finishLoginRequest),
        sessionKey: toBytes(result.sessionKey),
        exportKey: toBytes(result.exportKey),
        serverPublicKey: toBytes(result.serverStaticPublicKey),
      };
    },
  };
}
