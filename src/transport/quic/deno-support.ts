// What both Deno scripts of deno.test.ts need. The parent process writes one line of JSON to stdin
// and reads lines of JSON from stdout; when stdin ends, the script ends.

/** setup answers what the parent wrote, and exits once the parent is gone. */
export async function setup<T>(): Promise<T> {
  const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) text += (await reader.read()).value ?? "";
  reader.read().then(() => Deno.exit(0));
  return JSON.parse(text);
}

/** report tells the parent one fact. */
export function report(name: string, value: unknown): void {
  console.log(JSON.stringify([name, value]));
}

export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** request writes the 10 bytes of a request header and the payload. */
export function request(method: number, requestId: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(10 + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, method);
  view.setUint32(2, requestId);
  view.setUint32(6, payload.length);
  frame.set(payload, 10);
  return frame;
}

/** response answers a request frame with its own payload: status 0, the request_id, the length. */
export function response(frame: Uint8Array): Uint8Array {
  const answer = new Uint8Array(frame.length - 1);
  answer.set(frame.subarray(2, 10), 1);
  answer.set(frame.subarray(10), 9);
  return answer;
}

/** failure answers the message of the error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "no error";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
