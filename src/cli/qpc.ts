// qpc: the client on the command line. argv to a command, its answer to stdout, errors to one line and
// an exit code.

import { call, health, logInAccount, registerAccount } from "./qpc-commands.ts";
import { errorLine, exitCode } from "./qpc-errors.ts";
import { type Command, readCommand } from "./qpc-options.ts";
import { readPassword } from "./qpc-password.ts";

const USAGE = `qpc: a client of the qpc protocol

Usage: qpc COMMAND [options]

  health                   ask the server how it is (also: ping)
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
  --timeout SECONDS        longest wait for an answer (default 40, longer than any FetchWait); a
                           server that does not take the connection is given up after 5

Account
  --state FILE             default qpc-state.json; private key and session token, for its owner only
  --identity-key HEX       register or log in with this Ed25519 public key instead
  --print-token            login prints the session token, in hexadecimal
  The password comes from QPC_PASSWORD, or is asked for.

Call
  JSON is the request as protobuf JSON: bytes in Base64, 64-bit numbers as strings. A method that
  needs a session gets the token of the state file, appended to the request.
  --raw-hex HEX            send these bytes instead of JSON
  --no-token               send no token

Exit codes: 0 ok, 1 the server refused (its status is printed), 2 wrong usage,
3 not reachable, or no usable answer.`;

/** main answers the exit code: 0 ok, 1 refused, 2 wrong usage, 3 no usable answer. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    process.stdout.write(`${await run(readCommand(argv, process.env))}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${errorLine(error)}\n`);
    return exitCode(error);
  }
}

function run(command: Command): string | Promise<string> {
  const ask = (kind: "new" | "known") =>
    readPassword(kind, process.env, { input: process.stdin, output: process.stderr });
  switch (command.name) {
    case "help":
      return USAGE;
    case "health":
      return health(command);
    case "register":
      return registerAccount(command, ask);
    case "login":
      return logInAccount(command, ask);
    case "call":
      return call(command);
  }
}
