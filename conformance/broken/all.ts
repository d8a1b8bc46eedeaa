// Every mutant of the reference server.

import { ABUSE_MUTANTS } from "./abuse.ts";
import { ACCESS_MUTANTS } from "./access.ts";
import { ACCOUNT_MUTANTS } from "./account.ts";
import { AUTH_MUTANTS } from "./auth.ts";
import { BLOB_MUTANTS } from "./blob.ts";
import { BLOB_DOWNLOAD_MUTANTS } from "./blob-download.ts";
import { CHANNEL_MUTANTS } from "./channel.ts";
import { DELIVERY_MUTANTS } from "./delivery.ts";
import { DEVICE_MUTANTS } from "./device.ts";
import { DEVICE_VIEW_MUTANTS } from "./device-views.ts";
import { DISPATCH_MUTANTS } from "./dispatch.ts";
import { EVENTS_MUTANTS } from "./events.ts";
import { FEDERATION_MUTANTS } from "./federation.ts";
import { FEDERATION_PEER_MUTANTS } from "./federation-peers.ts";
import { FEDERATION_ROUTING_MUTANTS } from "./federation-routing.ts";
import { FIELD_MUTANTS } from "./fields.ts";
import { GROUP_MUTANTS } from "./group.ts";
import { HYBRID_KEYS_MUTANTS } from "./hybrid-keys.ts";
import { INTERACTION_MUTANTS } from "./interactions.ts";
import { KEYS_MUTANTS } from "./keys.ts";
import { KT_MUTANTS } from "./kt.ts";
import { KT_LOG_MUTANTS } from "./kt-log.ts";
import { LIMITS_MUTANTS } from "./limits.ts";
import { MODERATION_MUTANTS } from "./moderation.ts";
import { MODERATION_LIST_MUTANTS } from "./moderation-lists.ts";
import type { Mutant } from "./mutant.ts";
import { OPAQUE_MUTANTS } from "./opaque.ts";
import { OPERATOR_MUTANTS } from "./operator.ts";
import { P2P_MUTANTS } from "./p2p.ts";
import { PRIVACY_MUTANTS } from "./privacy.ts";
import { QUEUE_MUTANTS } from "./queue.ts";
import { RECOVERY_MUTANTS } from "./recovery.ts";
import { SEALED_MUTANTS } from "./sealed.ts";
import { SESSIONS_MUTANTS } from "./sessions.ts";
import { TRANSPORT_MUTANTS } from "./transport.ts";
import { USER_MUTANTS } from "./user.ts";
import { WIRE_MUTANTS } from "./wire.ts";

export const ALL_MUTANTS: readonly Mutant[] = [
  ...WIRE_MUTANTS,
  ...DISPATCH_MUTANTS,
  ...FIELD_MUTANTS,
  ...TRANSPORT_MUTANTS,
  ...ACCESS_MUTANTS,
  ...ACCOUNT_MUTANTS,
  ...AUTH_MUTANTS,
  ...OPAQUE_MUTANTS,
  ...SESSIONS_MUTANTS,
  ...OPERATOR_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...QUEUE_MUTANTS,
  ...CHANNEL_MUTANTS,
  ...GROUP_MUTANTS,
  ...DEVICE_MUTANTS,
  ...DEVICE_VIEW_MUTANTS,
  ...SEALED_MUTANTS,
  ...EVENTS_MUTANTS,
  ...KEYS_MUTANTS,
  ...KT_MUTANTS,
  ...KT_LOG_MUTANTS,
  ...MODERATION_MUTANTS,
  ...MODERATION_LIST_MUTANTS,
  ...USER_MUTANTS,
  ...HYBRID_KEYS_MUTANTS,
  ...LIMITS_MUTANTS,
  ...ABUSE_MUTANTS,
  ...PRIVACY_MUTANTS,
  ...BLOB_MUTANTS,
  ...BLOB_DOWNLOAD_MUTANTS,
  ...RECOVERY_MUTANTS,
  ...P2P_MUTANTS,
  ...FEDERATION_PEER_MUTANTS,
  ...FEDERATION_MUTANTS,
  ...FEDERATION_ROUTING_MUTANTS,
  ...INTERACTION_MUTANTS,
];
