// Secrets of the server that must outlive it. Spec: services/auth.md; I-25.

import { blob, type Operation, q } from "./statement.ts";

/** getOrCreateState answers the stored value of that name, or stores what `create` makes. */
export function* getOrCreateState(name: string, create: () => Uint8Array): Operation<Uint8Array> {
  const [known] = yield q("SELECT value FROM server_state WHERE name = ?", name);
  if (known !== undefined) return blob(known, "value");
  // Answers the other value when a concurrent writer was first.
  const [stored] = yield q(
    `INSERT INTO server_state (name, value) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET value = server_state.value RETURNING value`,
    name,
    create(),
  );
  if (stored === undefined) throw new Error(`server state ${name} was not stored`);
  return blob(stored, "value");
}
