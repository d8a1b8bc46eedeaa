// What the parts of the storage contract share: opening a backend, and sample values.

import type { StoreLimits } from "../sql/inboxes.ts";
import type { Inbox, Outgoing, StoredEnvelope, Stores } from "../stores.ts";

export interface Backend {
  readonly name: string;
  /** True when stores opened again at the same place find what was stored before. */
  readonly persistent: boolean;
  /** place answers a new, empty place. */
  place(): Place;
}

export interface Place {
  open(limits?: Partial<StoreLimits>): Promise<Stores>;
  remove(): void;
}

/** withStores runs `body` on fresh stores and removes them afterwards. */
export async function withStores(
  backend: Backend,
  body: (stores: Stores) => Promise<void>,
  limits?: Partial<StoreLimits>,
): Promise<void> {
  const place = backend.place();
  try {
    const stores = await place.open(limits);
    try {
      await body(stores);
    } finally {
      await stores.close();
    }
  } finally {
    place.remove();
  }
}

/** NOW is when every test begins; LATER is far enough away to never come. */
export const NOW = 1_700_000_000_000;
export const LATER = NOW + 1_000_000;

/** The unscoped view. */
export const NO_DEVICE = new Uint8Array(0);

/** bytes answers `length` bytes that differ for different numbers below 2^32. */
export function bytes(length: number, number: number): Uint8Array {
  const value = new Uint8Array(length);
  for (let i = 0; i < Math.min(length, 4); i += 1) value[i] = (number >>> (8 * i)) & 0xff;
  return value;
}

export const key = (number: number) => bytes(32, number);
export const device = (number: number) => bytes(16, number);

/** inbox answers the default inbox of a recipient, or the one on a numbered channel. */
export function inbox(recipient: number, channel?: number): Inbox {
  const channelId = channel === undefined ? new Uint8Array(0) : bytes(16, channel);
  return { recipient: key(recipient), channelId };
}

/** message answers a message with the payload `content`; `id` gives it a message_id remembered for ever. */
export function message(to: Inbox, content: string, id?: number): Outgoing {
  const payload = new TextEncoder().encode(content);
  const outgoing = { ...to, payload, expiresAt: LATER };
  return id === undefined ? outgoing : { ...outgoing, dedup: { hash: key(id), until: LATER } };
}

/** signUp gives a key an account, whose counters then never start again (I-03). */
export async function signUp(stores: Stores, identityKey: Uint8Array): Promise<void> {
  const username = Buffer.from(identityKey).toString("hex");
  const user = { username, record: new Uint8Array(192), identityKey };
  await stores.users.register(user, new Uint8Array(32), NOW);
}

/** send enqueues one message and answers its seq. */
export async function send(stores: Stores, outgoing: Outgoing, now = NOW): Promise<number> {
  const [answer] = await stores.deliveries.enqueue([outgoing], now);
  return Number(answer?.seq);
}

/** seen answers what a view shows, as "seq:payload". */
export async function seen(
  stores: Stores,
  from: Inbox,
  options: { device?: Uint8Array; limit?: number; maxBytes?: number; now?: number } = {},
): Promise<readonly string[]> {
  const { limit = 1_000, maxBytes = 4_194_304, now = NOW } = options;
  const view = options.device ?? NO_DEVICE;
  const envelopes = await stores.deliveries.view(from, view, { limit, maxBytes, now });
  return envelopes?.map(show) ?? ["no such view"];
}

/** register adds a numbered device to the account of a recipient, on a session of its own. */
export async function register(stores: Stores, recipient: number, number: number): Promise<void> {
  const tokenHash = crypto.getRandomValues(new Uint8Array(32));
  const session = { tokenHash, identityKey: key(recipient), deviceId: NO_DEVICE };
  await stores.sessions.create({ ...session, expiresAt: LATER }, NOW);
  const outcome = await stores.devices.register(
    tokenHash,
    { deviceId: device(number), name: `device ${number}` },
    Number.POSITIVE_INFINITY,
    NOW,
  );
  if (outcome !== "registered") throw new Error(`device ${number}: ${outcome}`);
}

function show({ seq, data }: StoredEnvelope): string {
  return `${seq}:${new TextDecoder().decode(data)}`;
}
