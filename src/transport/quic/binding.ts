// Loads the native quiche binding when it is first needed, so that commands which need no QUIC run
// on every platform.

import type { Quiche } from "@matrixai/quic/native/quiche.js";

export type { Quiche } from "@matrixai/quic/native/quiche.js";
export type { Config, Connection as Engine } from "@matrixai/quic/native/types.js";

/** QuicUnavailable: there is no native QUIC engine for this platform. The message is one line. */
export class QuicUnavailable extends Error {
  override name = "QuicUnavailable";
}

let loading: Promise<Quiche> | undefined;

/** loadBinding loads the engine once. It rejects with QuicUnavailable where there is none. */
export function loadBinding(): Promise<Quiche> {
  loading ??= import("@matrixai/quic/native/quiche.js").then(
    (module) => module.default,
    (cause) => {
      throw unavailable(process.platform, process.arch, cause);
    },
  );
  return loading;
}

/** unavailable words the error for one platform. */
export function unavailable(platform: string, arch: string, cause: unknown): QuicUnavailable {
  const message = `no QUIC engine for ${platform}-${arch}: it is built for Linux x64 with glibc, macOS, and Windows x64`;
  return new QuicUnavailable(message, { cause });
}
