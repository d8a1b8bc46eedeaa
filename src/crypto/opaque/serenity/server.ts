// The server's side of OPAQUE on @serenity-kit/opaque, for the reference server.
// Spec: crypto/opaque.md [opaque.parameters]; services/auth.md; RFC 9807 section 5 and 6.

import { randomFillSync } from "node:crypto";
import { server } from "@serenity-kit/opaque";
import { checkLength, OpaqueError } from "../error.ts";
import { SERVER_SETUP_SIZE, SIZES, WIRE } from "../parameters.ts";
import { guarded, toBytes, toText } from "./backend.ts";

/** createSetup makes the server's secret: 128 bytes. Whoever loses it loses every account. */
export function createSetup(): Uint8Array {
  return toBytes(server.createSetup());
}

/** OpaqueLoginState is what the server keeps until KE3: 128 bytes, secret, for one login. */
export type OpaqueLoginState = Uint8Array & { readonly brand: "OpaqueLoginState" };

export interface LoginStart {
  /** KE2: 320 bytes, for the client. */
  readonly ke2: Uint8Array;
  readonly state: OpaqueLoginState;
}

/**
 * OpaqueServer answers the four calls. Faults of the sender are OpaqueError "length" and "element";
 * "backend" says that the stored record or the backend itself is at fault.
 */
export interface OpaqueServer {
  readonly publicKey: Uint8Array;
  /** registrationResponse: RegistrationRequest (32 bytes) to RegistrationResponse (64 bytes). */
  registrationResponse(username: string, request: Uint8Array): Uint8Array;
  /** checkUpload throws unless `upload` is a record (192 bytes) that a login can be run against. */
  checkUpload(upload: Uint8Array): void;
  /**
   * loginStart: KE1 (96 bytes) to KE2. Without a record it answers for one that nobody owns;
   * of that answer only the evaluated element is stable per name, everything else is random (S-05).
   */
  loginStart(username: string, record: Uint8Array | null | undefined, ke1: Uint8Array): LoginStart;
  /** loginFinish: the session key (64 bytes), or undefined when KE3 (64 bytes) proves nothing. */
  loginFinish(state: OpaqueLoginState, ke3: Uint8Array): Uint8Array | undefined;
}

/** opaqueServer throws OpaqueError("backend") when `setup` was not made by createSetup. */
export function opaqueServer(setup: Uint8Array): OpaqueServer {
  if (setup.length !== SERVER_SETUP_SIZE) {
    throw new OpaqueError("backend", `the server setup has ${setup.length} bytes`);
  }
  const serverSetup = toText(setup);
  const publicKey = toBytes(guarded({}, () => server.getPublicKey(serverSetup)));
  const fakePublicKey = setup.slice(SIZES.Nh + SIZES.Nsk);

  return {
    publicKey,

    registrationResponse(username, request) {
      checkLength(request, WIRE.registrationRequest, "RegistrationRequest");
      const registrationRequest = toText(request);
      const answer = guarded({ "deserialize registrationRequest": "element" }, () =>
        server.createRegistrationResponse({
          serverSetup,
          userIdentifier: username,
          registrationRequest,
        }),
      );
      return toBytes(answer.registrationResponse);
    },

    checkUpload(upload) {
      checkLength(upload, WIRE.registrationUpload, "RegistrationUpload");
      // The backend decodes a record only for a login, so one is begun with a KE1 known to be good.
      guarded({ "deserialize registrationRecord": "element" }, () =>
        server.startLogin({
          serverSetup,
          userIdentifier: "",
          registrationRecord: toText(upload),
          startLoginRequest: toText(KE1_OF_GENERATORS),
        }),
      );
    },

    loginStart(username, record, ke1) {
      checkLength(ke1, WIRE.ke1, "KE1");
      if (record && record.length !== WIRE.registrationUpload) {
        throw new OpaqueError("backend", `the stored record has ${record.length} bytes`);
      }
      // Made for known users too, and decoded like a real one, so that both cost the same. Not
      // hidden: how long the caller took to look the record up.
      const fake = fakeRecord(fakePublicKey);
      const registrationRecord = toText(record ?? fake);
      const startLoginRequest = toText(ke1);
      const answer = guarded({ "deserialize startLoginRequest": "element" }, () =>
        server.startLogin({
          serverSetup,
          userIdentifier: username,
          registrationRecord,
          startLoginRequest,
        }),
      );
      return {
        ke2: toBytes(answer.loginResponse),
        state: toBytes(answer.serverLoginState) as OpaqueLoginState,
      };
    },

    loginFinish(state, ke3) {
      checkLength(ke3, WIRE.ke3, "KE3");
      const call = { serverLoginState: toText(state), finishLoginRequest: toText(ke3) };
      try {
        const { sessionKey } = guarded({ "finish server login": "client-mac" }, () =>
          server.finishLogin(call),
        );
        return toBytes(sessionKey);
      } catch (error) {
        if (error instanceof OpaqueError && error.fault === "client-mac") return undefined;
        throw error;
      }
    },
  };
}

/** fakeRecord, RFC 9807 section 6.3.2.2: somebody's public key, a random masking key, no envelope. */
function fakeRecord(publicKey: Uint8Array): Uint8Array {
  const record = new Uint8Array(WIRE.registrationUpload);
  record.set(publicKey);
  return randomFillSync(record, SIZES.Npk, SIZES.Nh);
}

/** A KE1 whose element and key share are both the generator of the group (RFC 9496 appendix A.1). */
const GENERATOR = Buffer.from(
  "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
  "hex",
);
const KE1_OF_GENERATORS = Buffer.concat([GENERATOR, Buffer.alloc(SIZES.Nn), GENERATOR]);
