// SessionTrailer spelled by hand: field 15, Auth; in it field 1, access_token (spec/sessions.md).

import { hex } from "../bytes.ts";

/** TRAILER_ONLY is when cases that send a trailer make sense; BINDING_ONLY when they need the binding. */
export const TRAILER = { session: ["both", "body"] } as const;
export const BINDING = { session: ["both", "connection"] } as const;
export const BOTH = { session: ["both"] } as const;

/** auth is field 15 with the bytes of an Auth, at most 127 of them. */
export function auth(...parts: readonly Uint8Array[]): Uint8Array {
  const inner = Buffer.concat(parts);
  return Buffer.concat([hex("7a"), Buffer.of(inner.length), inner]);
}

/** accessToken is field 1 of an Auth. */
export function accessToken(token: Uint8Array): Uint8Array {
  return Buffer.concat([hex("0a"), Buffer.of(token.length), token]);
}

/** trailer is the SessionTrailer that carries a token. */
export function trailer(token: Uint8Array): Uint8Array {
  return auth(accessToken(token));
}

/** recipient is field 1 of a FetchRequest. */
export function recipient(key: Uint8Array): Uint8Array {
  return Buffer.concat([hex("0a20"), key]);
}
