// What a vector file holds. The same is said for other languages by the files under schema/.

import type { Bytes } from "./bytes.ts";

/** VectorFile is one topic. `spec` is the chapter, `schema` the JSON Schema of this file. */
export interface VectorFile<V> {
  readonly schema: string;
  readonly topic: string;
  readonly spec: string;
  readonly vectors: readonly V[];
}

/** Vector has one fault at most. `rule` is the rule it tests, by its slug. */
export interface Vector {
  /** A slug of three segments or more, never reused. */
  readonly id: string;
  readonly rule: string;
  readonly expect: "accept" | "reject";
  /** Where a reject must happen; null for an accept. */
  readonly stage: string | null;
  readonly bytes: Bytes;
  /** Why this vector exists, where the id does not say it. */
  readonly comment: string;
}

/** FrameVector: stages are `header`, `payload` (too few bytes) and `end` (bytes left over). */
export interface FrameVector<H> extends Vector {
  readonly stage: "header" | "payload" | "end" | null;
  /** The header where it is whole, with the payload where the frame is accepted. */
  readonly decoded: (H & { readonly payload_len: number; readonly payload?: Bytes }) | null;
}

export interface RequestFields {
  readonly method_id: number;
  readonly request_id: number;
}

export interface ResponseFields {
  readonly status: number;
  /** The status a client acts on: unassigned ones count as 10, Internal. */
  readonly treat_as: number;
  readonly request_id: number;
}

export interface PushFields {
  readonly event_type: number;
  /** Type of the payload; null when the event is unknown and the frame is dropped. */
  readonly message: string | null;
}

/**
 * Value of a field: bytes as Bytes, 64-bit integers as decimal text, lists and messages nested, null
 * for an absent message or `optional` field.
 */
export type Value =
  | null
  | number
  | boolean
  | string
  | Bytes
  | readonly Value[]
  | { readonly [field: string]: Value };

export type Fields = { readonly [field: string]: Value };

/** MessageVector: the only stage is `message`. */
export interface MessageVector extends Vector {
  readonly stage: "message" | null;
  /** Protobuf name without the package, as in `EnqueueRequest`. */
  readonly message: string;
  readonly decoded: {
    /** Every field under its proto name, absent ones with their default. */
    readonly fields: Fields;
    /** What the same bytes are as SessionTrailer: its auth, or null when field 15 is absent. */
    readonly trailer: Fields | null;
  } | null;
}

/** OpaqueStep is the function of RFC 9807 that takes the message. */
export type OpaqueStep =
  | "CreateRegistrationRequest"
  | "CreateRegistrationResponse"
  | "FinalizeRegistrationRequest"
  | "GenerateKE1"
  | "GenerateKE2"
  | "GenerateKE3"
  | "ServerFinish";

type Named = { readonly [name: string]: Bytes };

/** OpaqueVector: `bytes` is the message that the step receives, empty for the first of a side. */
export interface OpaqueVector extends Vector {
  readonly stage: "length" | "element" | "envelope" | "server-mac" | "client-mac" | null;
  readonly step: OpaqueStep;
  /** Everything else the step works on, the random values among it. */
  readonly inputs: Named;
  readonly decoded: { readonly intermediates: Named; readonly outputs: Named } | null;
}

/** Topics names every vector file and what its vectors are. */
export interface Topics {
  readonly "frames/request": FrameVector<RequestFields>;
  readonly "frames/response": FrameVector<ResponseFields>;
  readonly "frames/push": FrameVector<PushFields>;
  readonly "messages/account": MessageVector;
  readonly "messages/auth": MessageVector;
  readonly "messages/blob": MessageVector;
  readonly "messages/channel": MessageVector;
  readonly "messages/common": MessageVector;
  readonly "messages/delivery": MessageVector;
  readonly "messages/device": MessageVector;
  readonly "messages/federation": MessageVector;
  readonly "messages/group": MessageVector;
  readonly "messages/health": MessageVector;
  readonly "messages/keys": MessageVector;
  readonly "messages/kt": MessageVector;
  readonly "messages/moderation": MessageVector;
  readonly "messages/p2p": MessageVector;
  readonly "messages/push": MessageVector;
  readonly "messages/recovery": MessageVector;
  readonly "messages/user": MessageVector;
  readonly "opaque/flow": OpaqueVector;
}

export type Topic = keyof Topics;
