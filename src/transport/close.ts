// Why a connection ended, in the words of CloseInfo (RFC 9000 sections 10 and 20, RFC 8446 section 6).

import { type CloseInfo, ConnectionError } from "./transport.ts";

export const CONNECTION_REFUSED = 0x02;
export const NO_APPLICATION_PROTOCOL = 0x178;
export const BAD_CERTIFICATE = 0x12a;
export const CERTIFICATE_REQUIRED = 0x174;
const CRYPTO_ERROR = 0x100;

// The TLS alerts that an operator meets, by number.
const ALERTS: Readonly<Record<number, string>> = {
  40: "handshake failure",
  42: "bad certificate, or the server name is not in it",
  45: "certificate expired",
  46: "certificate not acceptable",
  48: "certificate of an unknown authority",
  51: "certificate not signed by the authority of that name",
  116: "client certificate required",
  120: "no common ALPN protocol",
};

/** checkCode throws RangeError for what cannot be an application error code (RFC 9000 section 20.2). */
export function checkCode(code: number): void {
  if (!Number.isSafeInteger(code) || code < 0) {
    throw new RangeError(`${code} is not an error code: an integer from 0 to 2^53 - 1`);
  }
}

/** timedOut is the end of a connection that waited in vain. */
export function timedOut(reason: string): CloseInfo {
  return { by: "timeout", application: false, code: 0, reason };
}

/** unreachable is the end of a connection attempt to a port where nobody listens. */
export function unreachable(): CloseInfo {
  return {
    by: "peer",
    application: false,
    code: CONNECTION_REFUSED,
    reason: "nobody listens there",
  };
}

/** connectionError words the end of a connection for whoever still wanted something of it. */
export function connectionError(info: CloseInfo): ConnectionError {
  const what = info.application ? "application code" : "transport code";
  const meaning = info.application ? "" : describe(info.code);
  const detail = [meaning, info.reason].filter((text) => text !== "").join(": ");
  const code = info.by === "timeout" ? "" : `, ${what} ${info.code}`;
  return new ConnectionError(
    `connection closed by ${info.by}${code}${detail && ` (${detail})`}`,
    info,
  );
}

function describe(code: number): string {
  if (code === CONNECTION_REFUSED) return "connection refused";
  return ALERTS[code - CRYPTO_ERROR] ?? "";
}
