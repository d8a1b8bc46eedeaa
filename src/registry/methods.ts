// The method table, read out of the descriptors of methods.proto (spec/methods.md).
// No method number stands anywhere else under src/.

import { type DescMessage, type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { MethodIdSchema } from "../gen/qpc/v1/method_id_pb.ts";
import {
  AccountService,
  AuthService,
  BlobService,
  ChannelService,
  DeliveryService,
  DeviceService,
  EndpointService,
  FederationService,
  GroupService,
  HealthService,
  KeyService,
  KeyTransparencyService,
  ModerationService,
  RecoveryService,
  UserService,
} from "../gen/qpc/v1/methods_pb.ts";
import {
  AccessSchema,
  type FieldRule as FieldRuleMessage,
  method as methodOption,
  Provenance,
} from "../gen/qpc/v1/options_pb.ts";
import type { Family } from "./families.ts";
import type { RuleSlug } from "./rules.ts";
import type { Status } from "./statuses.ts";

/** Access says who may call a method; `OWNER` is the owner of the key in `ownerField`. */
export type Access =
  | "NONE"
  | "SESSION"
  | "OWNER"
  | "MEMBER"
  | "ADMIN"
  | "PEER"
  | "TOKEN_POSSESSION";

/** FieldRule is a bound that can be decided from one field alone; a breach is BadRequest. */
export interface FieldRule {
  /** Proto name of the request field; a dot leads into a message, of each element if repeated. */
  readonly path: string;
  /** Permitted byte lengths; of each element where the field is repeated. Empty = any. */
  readonly lengths: readonly number[];
  readonly required: boolean;
  /** Most bytes; 0 = no bound. */
  readonly maxLength: number;
  /** Most elements of a repeated field; 0 = no bound. */
  readonly maxItems: number;
  readonly values: readonly string[];
  readonly rule: RuleSlug;
  /** Token of ErrorDetail.code, where the errata name one; otherwise empty. */
  readonly code: string;
}

export interface Method {
  readonly id: number;
  /** Name of the rpc, as in `Enqueue`. */
  readonly name: string;
  /** Constant of the documents, as in `ENQUEUE`. */
  readonly constant: string;
  readonly family: Family;
  readonly access: Access;
  /** Field that must hold the caller's own key (OWNER) or names the group record (MEMBER); else empty. */
  readonly ownerField: string;
  /** Rule that a refusal of the caller names; set when access is OWNER, MEMBER, ADMIN or PEER. */
  readonly accessRule: RuleSlug;
  readonly openWithSealedSender: boolean;
  /** True where the operator token is as good as a session (I-22). */
  readonly openToOperator: boolean;
  /** True where a session of a revoked key is refused (I-10). */
  readonly closedToRevoked: boolean;
  /** Statuses beyond those that every method may answer. */
  readonly errors: readonly Status[];
  readonly fields: readonly FieldRule[];
  readonly idempotent: boolean;
  readonly provenance: "documented" | "reconstructed";
  /** Fields of a documented message that are reconstructed. */
  readonly reconstructedFields: readonly string[];
  readonly input: DescMessage;
  readonly output: DescMessage;
  readonly descriptor: DescMethod;
}

const SERVICES: readonly (readonly [Family, DescService])[] = [
  ["auth", AuthService],
  ["delivery", DeliveryService],
  ["keys", KeyService],
  ["channel", ChannelService],
  ["group", GroupService],
  ["moderation", ModerationService],
  ["user", UserService],
  ["kt", KeyTransparencyService],
  ["blob", BlobService],
  ["device", DeviceService],
  ["recovery", RecoveryService],
  ["p2p", EndpointService],
  ["health", HealthService],
  ["federation", FederationService],
  ["account", AccountService],
];

/** METHODS is the whole table in order of the IDs: 49 rows. */
export const METHODS: readonly Method[] = SERVICES.flatMap(([family, service]) =>
  service.methods.map((descriptor) => readMethod(family, descriptor)),
);

const BY_ID = new Map(METHODS.map((method) => [method.id, method]));
const BY_NAME = new Map(METHODS.map((method) => [method.name, method]));

/** methodById finds the method of a request frame; undefined when the ID is not assigned. */
export function methodById(id: number): Method | undefined {
  return BY_ID.get(id);
}

/** methodByName finds a method by the name of its rpc, as in `Enqueue`. */
export function methodByName(name: string): Method | undefined {
  return BY_NAME.get(name);
}

/** methodOf finds the row of a generated descriptor. It throws when the descriptor is not ours. */
export function methodOf(descriptor: DescMethod): Method {
  const method = BY_NAME.get(descriptor.name);
  if (method?.descriptor !== descriptor)
    throw new Error(`${descriptor} is not in the method table`);
  return method;
}

/**
 * needsSession tells whether a method looks at the session of its caller. Registration, login, recovery
 * by token, Health and federation ignore every session, even an invalid one (I-13).
 */
export function needsSession({ access }: Pick<Method, "access">): boolean {
  return access !== "NONE" && access !== "PEER" && access !== "TOKEN_POSSESSION";
}

function readMethod(family: Family, descriptor: DescMethod): Method {
  const option = getOption(descriptor, methodOption);
  const constant = MethodIdSchema.value[option.id]?.name.replace("METHOD_ID_", "");
  const access = AccessSchema.value[option.access]?.name.replace("ACCESS_", "");
  if (constant === undefined || access === undefined) {
    throw new Error(`${descriptor} has no usable method option`);
  }
  return {
    id: option.id,
    name: descriptor.name,
    constant,
    family,
    access: access as Access,
    ownerField: option.ownerField,
    accessRule: option.accessRule as RuleSlug,
    openWithSealedSender: option.openWithSealedSender,
    openToOperator: option.openToOperator,
    closedToRevoked: option.closedToRevoked,
    errors: option.errors as Status[],
    fields: option.fields.map(readField),
    idempotent: descriptor.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
    provenance: option.messages === Provenance.DOCUMENTED ? "documented" : "reconstructed",
    reconstructedFields: option.reconstructedFields,
    input: descriptor.input,
    output: descriptor.output,
    descriptor,
  };
}

function readField(field: FieldRuleMessage): FieldRule {
  const { path, lengths, required, maxLength, maxItems, values, code } = field;
  return {
    path,
    lengths,
    required,
    maxLength,
    maxItems,
    values,
    code,
    rule: field.rule as RuleSlug,
  };
}
