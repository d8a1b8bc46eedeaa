// OpaqueClient on noble, with the parameters of the spec. Argon2id runs off the main thread.

import { clean, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Login, OpaqueClient, Registration } from "../exchange.ts";
import { argon2idKsf, type Ksf } from "../ksf.ts";
import {
  createRegistrationRequest,
  finalizeRegistrationRequest,
  generateKE1,
  generateKE3,
} from "./client.ts";

/** nobleClient makes an OpaqueClient; `ksf` may be one that remembers its results. */
export function nobleClient(ksf: Ksf = argon2idKsf): OpaqueClient {
  return {
    startRegistration: (password) => startRegistration(password, ksf),
    startLogin: (password) => startLogin(password, ksf),
  };
}

function startRegistration(password: string, ksf: Ksf): Registration {
  const secret = utf8ToBytes(password);
  const { request, blind } = createRegistrationRequest(secret);
  return {
    request,
    async finish(response) {
      try {
        const result = await finalizeRegistrationRequest(secret, blind, response, { ksf });
        const { record, exportKey, serverPublicKey } = result;
        return { upload: record, exportKey, serverPublicKey };
      } finally {
        clean(secret, blind);
      }
    },
  };
}

function startLogin(password: string, ksf: Ksf): Login {
  const secret = utf8ToBytes(password);
  const { ke1, state } = generateKE1(secret);
  clean(secret);
  return {
    ke1,
    async finish(ke2) {
      const { ke3, ...keys } = await generateKE3(state, ke2, { ksf });
      return { finalization: ke3, ...keys };
    },
  };
}
