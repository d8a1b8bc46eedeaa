// What a valid request is: its fields, and who may send it.

import type { Peer } from "../../judge/peer.ts";
import type { Trial } from "../../judge/trial.ts";

/** Fields of a request under their names in TypeScript. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Request {
  readonly caller: Pick<Peer, "call">;
  readonly fields: Fields;
}

/** Makers make the request of a method, by the name of the method, with what must be there before. */
export type Makers = Readonly<Record<string, (t: Trial) => Promise<Request>>>;

/** own is the request of a user that names the user's own key. */
export async function own(t: Trial, fields: (key: Uint8Array) => Fields): Promise<Request> {
  const user = await t.user();
  return { caller: user, fields: fields(user.key) };
}
