// Registration and login with OPAQUE (100-103): spec/services/auth.md, spec/crypto/opaque.md. Field
// lengths and the 5 ms floor are the dispatcher's.

import { createHash, randomBytes } from "node:crypto";
import { bindingEntry } from "../crypto/kt/entries.ts";
import { leafHash } from "../crypto/kt/hash.ts";
import { OpaqueError } from "../crypto/opaque/error.ts";
import type { OpaqueServer } from "../crypto/opaque/serenity/server.ts";
import { AuthService } from "../gen/qpc/v1/methods_pb.ts";
import type { RuleSlug } from "../registry/rules.ts";
import { Status } from "../registry/statuses.ts";
import type { Clock } from "../rpc/clock.ts";
import { acceptSession, type Connection } from "../rpc/connection.ts";
import { hashToken } from "../rpc/credentials.ts";
import { demand, RpcError } from "../rpc/error.ts";
import type { RateLimiter } from "../rpc/rate-limit.ts";
import { type ComposedMethod, compose } from "../rpc/service.ts";
import { namedDevice } from "../rpc/trailer.ts";
import type { DeviceStore } from "../storage/stores/devices.ts";
import type { SessionStore, UserStore } from "../storage/stores.ts";
import type { ServiceLimits } from "./limits.ts";
import { createPendingLogins } from "./pending-logins.ts";
import { isUsername } from "./username.ts";

export interface AuthDependencies {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly devices: DeviceStore;
  readonly opaque: OpaqueServer;
  /** Logins begun and not yet proved, per (IP address, username) (I-23). */
  readonly loginRate: RateLimiter;
  readonly clock: Clock;
  readonly limits: Pick<ServiceLimits, "sessionMs" | "pendingLoginMs">;
}

const TOKEN_BYTES = 32;
const NO_DEVICE = new Uint8Array(0);

/** createAuthService answers 100 to 103. */
export function createAuthService(dependencies: AuthDependencies): ComposedMethod[] {
  const { users, sessions, devices, opaque, loginRate, clock, limits } = dependencies;
  const pending = createPendingLogins(clock, () => limits.pendingLoginMs);

  return compose(AuthService, {
    // Taken and free names get the same answer (C-27): nothing is looked up and nothing is kept.
    async opaqueRegisterStart({ username, request }) {
      demand(isUsername(username), Status.BadRequest, "auth.username");
      const response = wellFormed("auth.request-malformed", () =>
        opaque.registrationResponse(username, request),
      );
      return { response };
    },

    async opaqueRegisterFinish({ username, upload, identityKey }) {
      demand(isUsername(username), Status.BadRequest, "auth.username");
      wellFormed("auth.upload-malformed", () => opaque.checkUpload(upload));
      const user = { username, record: upload, identityKey };
      const now = clock.now();
      const leaf = leafHash(bindingEntry(username, identityKey, now));
      return { success: await users.register(user, leaf, now) };
    },

    // An impossible name is an unknown one (C-108), and an unknown one gets a dummy answer.
    async opaqueLoginStart({ username, request }, { connection }) {
      const wait = loginRate.take(attemptKey(connection, username));
      demand(wait === 0, Status.RateLimited, "auth.login-rate", { retryAfterMs: wait });
      const user = isUsername(username) ? await users.find(username) : undefined;
      const { ke2, state } = wellFormed("auth.request-malformed", () =>
        opaque.loginStart(username, user?.record ?? null, request),
      );
      pending.begin(connection, username, { state, identityKey: user?.identityKey });
      return { response: ke2 };
    },

    async opaqueLoginFinish(request, { connection }) {
      const { username, finalization, identityKey } = request;
      const login = pending.take(connection, username);
      const proved = login && opaque.loginFinish(login.state, finalization) !== undefined;
      const known = proved ? login.identityKey : undefined;
      const matches = known !== undefined && Buffer.compare(known, identityKey) === 0;
      demand(matches, Status.Unauthorized, "auth.login-refused");
      loginRate.giveBack(attemptKey(connection, username));

      const token = randomBytes(TOKEN_BYTES);
      const now = clock.now();
      const session = {
        tokenHash: hashToken(token),
        identityKey: known,
        deviceId: NO_DEVICE,
        expiresAt: now + limits.sessionMs,
      };
      // I-07: after the proof, so that a ban shows only to who knows the password.
      const admitted = await sessions.create(session, now);
      demand(admitted, Status.Forbidden, "moderation.login");
      // I-13: no credential of the trailer counts here, but it may name the device (C-103).
      const device = namedDevice(request);
      if (device.length > 0) await devices.bind(session.tokenHash, device);
      connection.binding = session.tokenHash;
      acceptSession(connection, session);
      return { sessionToken: token };
    },
  });
}

// A name at 102 may be as long as a frame, so nothing is kept under the name itself.
function attemptKey(connection: Connection, username: string): string {
  return `${connection.host} ${createHash("sha256").update(username).digest("hex")}`;
}

function wellFormed<T>(rule: RuleSlug, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OpaqueError) || error.fault === "backend") throw error;
    throw new RpcError(Status.BadRequest, rule);
  }
}
