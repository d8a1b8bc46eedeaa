// Ids of cases that are no more. An id is permanent, so it is never given to another case.

/** RETIRED_IDS says with each id which case took its place. */
export const RETIRED_IDS: Readonly<Record<string, string>> = {
  "status.unavailable.draining": "transport.drain-refuses-calls.later-call",
};
