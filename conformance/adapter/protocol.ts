// The adapter protocol, version 1 (conformance/adapter/README.md): JSON lines between runner and adapter.

/** What an adapter may say of an error. The list is closed; `unspecified` is for who cannot tell. */
export const ERROR_CLASSES = [
  "frame.truncated",
  "frame.trailing",
  "frame.too_large",
  "frame.req_id",
  "status.unknown",
  "msg.decode",
  "conn.alpn",
  "conn.cert",
  "conn.closed",
  "stream.reset",
  "deadline",
  "cancelled",
  "push.unknown",
  "push.decode",
  "kt.mismatch",
  "hybrid.version",
  "hybrid.auth",
  "opaque.auth",
  "mls.reject",
  "blob.hash",
  "local.invalid",
  "unspecified",
] as const;

export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Families of operations that need no network, as `features` of hello names them. */
export const FAMILIES = [
  "frame",
  "msg",
  "hybrid",
  "kt",
  "opaque",
  "mls",
  "safety-number",
  "delivery-proof",
  "content",
  "padding",
  "attachment",
  "recovery",
  "transcript",
] as const;

/** Features of adapters that connect: level 1 is `call`; `cancel` and `raw-calls` sharpen it. */
const CONNECTION_FEATURES = ["call", "cancel", "raw-calls"] as const;

/** Families of level 2: what an SDK does for a user. */
const USER_FAMILIES = ["user", "keys", "verify", "channel", "message", "group", "blob"] as const;

/** Operations that stand under a feature of another name. */
const FEATURE_OF: Readonly<Record<string, string>> = {
  open: "call",
  events: "call",
  state: "call",
  close: "call",
  send: "message",
  recv: "message",
};

/** isKnownFeature: a word that may stand among the features of hello. */
export function isKnownFeature(feature: string): boolean {
  const known: readonly string[] = [...FAMILIES, ...CONNECTION_FEATURES, ...USER_FAMILIES];
  return known.includes(familyOf(feature));
}

export type Json = Readonly<Record<string, unknown>>;

export interface AdapterError {
  /** One of ERROR_CLASSES, if the adapter keeps to the protocol. */
  readonly class: string;
  readonly msg?: string;
  /** Details that sharpen the class, all optional: `stage`, `at`, `record`. */
  readonly [detail: string]: unknown;
}

/** Reply has exactly one of the four forms. */
export type Reply =
  | { readonly ok: Json }
  | { readonly err: AdapterError }
  | { readonly unsupported: string }
  | { readonly crash: string };

/** readReply answers the reply in a line, or what is wrong with it as text. */
export function readReply(line: Json): Reply | string {
  const forms = ["ok", "err", "unsupported", "crash"].filter((form) => Object.hasOwn(line, form));
  if (forms.length !== 1) return `a reply has one of ok, err, unsupported, crash, not ${forms}`;
  const { ok, err, unsupported, crash } = line;
  if (isObject(ok)) return { ok };
  if (isObject(err) && typeof err.class === "string") return { err: { ...err, class: err.class } };
  if (typeof unsupported === "string") return { unsupported };
  if (typeof crash === "string") return { crash };
  return `${forms} does not have the right form`;
}

/** Hello is what an adapter says of itself. */
export interface Hello {
  readonly name: string;
  readonly version: string;
  readonly language: string;
  /** Families, or single operations. */
  readonly features: readonly string[];
  /** Requests that it takes before it has answered; 1 if it does not say. */
  readonly maxParallel: number;
}

/** readHello answers the declaration, or what is wrong with it as text. */
export function readHello(ok: Json): Hello | string {
  const { adapter, name, version, language, features } = ok;
  const maxParallel = ok.max_parallel ?? 1;
  if (adapter !== 1) return `"adapter" is 1, the version of the protocol, not ${show(adapter)}`;
  if (typeof name !== "string" || typeof version !== "string" || typeof language !== "string") {
    return `"name", "version" and "language" are texts`;
  }
  if (!Array.isArray(features) || !features.every((one) => typeof one === "string")) {
    return `"features" is a list of texts, not ${show(features)}`;
  }
  if (!Number.isSafeInteger(maxParallel) || Number(maxParallel) < 1) {
    return `"max_parallel" is a whole number of at least 1, not ${show(maxParallel)}`;
  }
  return { name, version, language, features, maxParallel: Number(maxParallel) };
}

/** Requests that an adapter with connections takes at once: a call that waits must not hold up others. */
export const LEAST_PARALLEL = 8;

/** helloRequest is the first request, without its id. */
export function helloRequest(suite: string, spec: string): Json {
  return { op: "hello", adapter: [1], suite, spec, role: "client" };
}

/** familyOf is the part of an operation's name before the dot, or the feature that it stands under. */
export function familyOf(op: string): string {
  return FEATURE_OF[op] ?? op.split(".")[0] ?? op;
}

/** isDeclared: an operation is only sent when it or its family is among the features. */
export function isDeclared({ features }: Hello, op: string): boolean {
  return features.includes(op) || features.includes(familyOf(op));
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** show prints a value of a reply, cut to a length that fits a report. */
export function show(value: unknown, length = 200): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > length ? `${text.slice(0, length)}… (${text.length} characters)` : text;
}
