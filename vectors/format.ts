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

/** ProofVector: an entry of the log, the leaf hashes of a log, or a proof as Protobuf message. */
export interface ProofVector extends Vector {
  readonly check: "entry" | "root" | "inclusion" | "consistency";
  /** `leaf`: the leaf is not that of the binding asked for; `path`: the proof does not hold. */
  readonly stage: "leaf" | "path" | null;
  /** Of an inclusion the name that was asked for and the key that was answered, else null. */
  readonly asked: { readonly username: string; readonly identity_key: Bytes } | null;
  readonly decoded: Fields | null;
}

/** HybridVector: `bytes` is what the step takes: a private key, a public key, a plaintext, an envelope. */
export interface HybridVector extends Vector {
  readonly step: "public-key" | "check-key" | "seal" | "open";
  readonly stage: "key" | "open" | null;
  /** Everything else the step works on, the random values among it. */
  readonly inputs: Named;
  /** Not null: `bytes` open, and must not with any one byte from first to last XORed with the mask. */
  readonly flips: { readonly first: number; readonly last: number; readonly mask: number } | null;
  readonly decoded: { readonly intermediates: Named; readonly outputs: Named } | null;
}

/** SafetyNumberVector: `bytes` is the own key. */
export interface SafetyNumberVector extends Vector {
  readonly stage: "length" | null;
  readonly peer_key: Bytes;
  readonly decoded: {
    /** First 30 bytes of the last hash. */
    readonly own_hash: Bytes;
    readonly peer_hash: Bytes;
    readonly number: string;
    readonly shown: string;
    /** Of the own key. */
    readonly fingerprint: string;
  } | null;
}

/** DeliveryProofVector: `bytes` is the proof, the rest what it is shown for. */
export interface DeliveryProofVector extends Vector {
  readonly stage: "length" | "signature" | null;
  readonly signing_key: Bytes;
  readonly recipient_key: Bytes;
  readonly channel_id: Bytes;
  /** Decimal. */
  readonly seq: string;
  readonly payload: Bytes;
  readonly decoded: { readonly time_ms: string; readonly statement: Bytes } | null;
}

/** ClientFormat is what the bytes of a ClientVector are. The first two are Protobuf messages. */
export type ClientFormat =
  | "Content"
  | "TranscriptRecord"
  | "padding"
  | "recovery-code"
  | "recovery-bundle"
  | "attachment"
  | "transcript-body"
  | "transcript";

/** ClientVector: the stages are the faults that the chapter of the format names. */
export interface ClientVector extends Vector {
  readonly format: ClientFormat;
  /** What else reading needs: keys, a passphrase. */
  readonly inputs: Fields;
  /** What comes of it; of a reject, the record at which a transcript breaks, or null. */
  readonly decoded: Fields | null;
}

/** MlsReceived is a message that a member receives, and what it learns; null where it must refuse. */
export interface MlsReceived {
  readonly message: Bytes;
  readonly decoded: Fields | null;
}

/**
 * MlsVector: `bytes` is a KeyPackage, an MLSMessage with a GroupInfo, or one with the Welcome of a member.
 * The stages are the faults of spec/crypto/mls.md; the fault is in the last message, or in `bytes` if
 * there are none.
 */
export interface MlsVector extends Vector {
  readonly step: "key-package" | "group-info" | "member";
  readonly stage:
    | "malformed"
    | "ciphersuite"
    | "credential"
    | "lifetime"
    | "signature"
    | "group-info"
    | "welcome"
    | "wrong-group"
    | "past-epoch"
    | "future-epoch"
    | "replayed"
    | "undecryptable"
    | "not-a-member"
    | "invalid-commit"
    | null;
  /** The time, or the KeyPackage with its private keys. */
  readonly inputs: Fields;
  /** What `bytes` give; not null of a reject whose fault is in a message. */
  readonly decoded: Fields | null;
  /** In the order in which the member receives them. */
  readonly messages: readonly MlsReceived[];
}

/** Topics names every vector file and what its vectors are. */
export interface Topics {
  readonly "client/attachment": ClientVector;
  readonly "client/content": ClientVector;
  readonly "client/padding": ClientVector;
  readonly "client/recovery": ClientVector;
  readonly "client/transcript": ClientVector;
  readonly "frames/request": FrameVector<RequestFields>;
  readonly "frames/response": FrameVector<ResponseFields>;
  readonly "frames/push": FrameVector<PushFields>;
  readonly "hybrid/envelope": HybridVector;
  readonly "identity/delivery-proofs": DeliveryProofVector;
  readonly "identity/safety-numbers": SafetyNumberVector;
  readonly "kt/proofs": ProofVector;
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
  readonly "mls/group": MlsVector;
  readonly "opaque/flow": OpaqueVector;
}

export type Topic = keyof Topics;
