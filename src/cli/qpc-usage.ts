// The help of qpc.

import { TALK, type TalkShape } from "./talk/table.ts";

const COLUMN = 25;

function entry(usage: string, help: string): string {
  const isTooLong = usage.length >= COLUMN;
  const left = isTooLong ? `${usage}\n  ${" ".repeat(COLUMN)}` : usage.padEnd(COLUMN);
  return `  ${left}${help}`;
}

const TALKING = Object.entries<TalkShape>(TALK).map(([name, { operands, help }]) =>
  entry([name, ...operands].join(" "), help),
);

export const USAGE = `qpc: a client of the qpc protocol

Usage: qpc COMMAND [options]

Talking end to end
  repl -u NAME             talk line by line: registers when needed, logs in, shows what comes in
${TALKING.join("\n")}
  demo                     three people, a group and a server on this machine, told step by step
                           (also: demo-group; --lying-server: a server that cheats)

One call at a time
  health                   ask the server how it is, with the round-trip time (also: ping)
  register NAME            make an account, with a new identity key in the state file
  login NAME               open a session and keep its token in the state file
  call METHOD [JSON]       make one call; METHOD is a name as in Enqueue, or a number
  help                     this text

Server
  --server HOST:PORT       default 127.0.0.1:5001, or QPC_SERVER
  --ca-cert FILE           the certificate to trust, DER or PEM (default data/server-cert.der, or
                           QPC_CA_CERT)
  --server-name NAME       a name in the certificate (default localhost, or QPC_SERVER_NAME)
  --alpn TOKEN             default qpc
  --timeout SECONDS        longest wait for the answer to one call (default 40, longer than any
                           FetchWait); commands that talk have times of their own. A server that does
                           not take the connection is given up after 5

Store of whoever talks
  --store FILE             default qpc.db, or QPC_STORE; an encrypted SQLCipher file, with its salt
                           beside it: keys, contacts, groups, history
  -u, --username NAME      repl: the account (default: that of the store)
  -p, --password PASSWORD  repl: its password. Other users of this machine can read command lines;
                           QPC_PASSWORD and the question are safe from them
  --accept KEY             fetch-key: take this new key of a user whose key has changed
  Secrets are asked for on the terminal, or come from the environment: QPC_STORE_PASSPHRASE,
  QPC_PASSWORD, QPC_EXPORT_PASSPHRASE, QPC_RECOVERY_CODE.
  TO is a user or a group: bob, @bob, team, #team. A group that somebody else has named goes by the
  first 8 digits of its ID until /rename in repl.

Account of register, login and call
  --state FILE             default qpc-state.json; private key and session token, for its owner only
  --identity-key HEX       register or log in with this Ed25519 public key instead
  --print-token            login prints the session token, in hexadecimal
  The password comes from QPC_PASSWORD, or is asked for.

Call
  JSON is the request as protobuf JSON: bytes in Base64, 64-bit numbers as strings. A method that
  needs a session gets the token of the state file, appended to the request.
  --raw-hex HEX            send these bytes instead of JSON
  --no-token               send no token

Exit codes: 0 ok, 1 the server refused (its status is printed), 2 wrong usage, or not possible with
this store, 3 not reachable, no usable answer, or one that is a lie.`;
