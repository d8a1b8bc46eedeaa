// Commands about files (BLOB-006).

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { downloadFile, sealFile, uploadFile } from "../../client/files.ts";
import { AttachmentError } from "../../crypto/client/attachment.ts";
import { UsageError } from "../../server/options.ts";
import { writeNew } from "../talk/messages.ts";
import { currentConversation, type Repl, type ReplCommand } from "./command.ts";
import { sendBody } from "./messages.ts";

/** FILE_COMMANDS send and fetch files. */
export const FILE_COMMANDS: readonly ReplCommand[] = [
  {
    names: ["/send-file", "/sf"],
    operands: ["PATH…"],
    help: "encrypt, upload and send a file",
    run: sendFile,
  },
  {
    names: ["/download", "/dl"],
    operands: ["INDEX", "[PATH…]"],
    help: "fetch a file that came in, into a new file",
    run: download,
  },
];

async function sendFile(repl: Repl, [path = ""]: readonly string[]): Promise<void> {
  await currentConversation(repl);
  const sealed = await sealedFrom(path);
  await uploadFile(repl.messenger.session, sealed, { signal: repl.interrupted });
  await sendBody(repl, { case: "file", value: sealed.reference });
}

async function sealedFrom(path: string) {
  try {
    return sealFile(await readFile(path), basename(path));
  } catch (error) {
    if (error instanceof AttachmentError) throw new UsageError(`${path}: ${error.message}`);
    throw new UsageError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

async function download(repl: Repl, [index, path]: readonly string[]): Promise<void> {
  const { id } = await currentConversation(repl);
  const { body } = await repl.numbers.entry(id, index);
  if (body.kind !== "file") throw new UsageError(`message (${index}) is no file`);
  const target = path ?? harmlessName(body.file.name);
  const options = { signal: repl.interrupted };
  await writeNew(target, await downloadFile(repl.messenger.session, body.file, options));
  repl.print(`wrote ${target}`);
}

/** Whoever sends a file chooses its name: it must not hide, nor look like another one. */
export function harmlessName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:]/gu, "_").replace(/^[.-]/, "_");
}
