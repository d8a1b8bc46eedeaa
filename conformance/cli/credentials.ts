// Credentials of a server that is already running, as a preset has them (C-62): the account of an
// administrator, and the operator token. Without them the cases that need one are unsupported.

import { type Account, newAccount } from "../judge/account.ts";
import { UsageError } from "../judge/errors.ts";

export interface Credentials {
  /** Its key has to be named as an administrator's to the server; the account is registered if need be. */
  readonly admin: Account | undefined;
  readonly operatorToken: string | undefined;
}

/** readCredentials reads `admin` {username, password, identity_key} and `operator_token`. Throws UsageError. */
export function readCredentials(preset: Readonly<Record<string, unknown>>): Credentials {
  const { admin, operator_token: operatorToken } = preset;
  if (operatorToken !== undefined && !isText(operatorToken)) {
    throw new UsageError("preset: operator_token is not a string, or empty");
  }
  return { admin: admin === undefined ? undefined : readAccount(admin), operatorToken };
}

function readAccount(value: unknown): Account {
  const { username, password, identity_key: key } = Object(value) as Record<string, unknown>;
  const isKey = isText(key) && /^[0-9a-f]{64}$/i.test(key);
  if (!isText(username) || !isText(password) || !isKey) {
    throw new UsageError(
      "preset: admin has a username, a password and an identity_key of 64 hexadecimal digits",
    );
  }
  return newAccount({ username, password, identityKey: Buffer.from(key, "hex") });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
