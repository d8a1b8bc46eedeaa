// Which module has which operations. A module is loaded when the first of them is asked for: what is not
// needed costs a start nothing.

import type { Operations } from "./operations.ts";

type Load = () => Promise<Operations>;

const cryptography: Load = async () => (await import("./cryptography.ts")).cryptography;
const messages: Load = async () => (await import("./messages.ts")).messages;
const identities: Load = async () => (await import("./identities.ts")).identities;
const clientFormats: Load = async () => (await import("./client-formats.ts")).clientFormats;
const connections: Load = async () => (await import("./connections.ts")).connections;
const talking: Load = async () => (await import("./talking.ts")).talking;

/** OFFLINE are the families of level 0, which need no network. */
export const OFFLINE: Readonly<Record<string, Load>> = {
  frame: async () => (await import("./frames.ts")).frames,
  msg: messages,
  hybrid: cryptography,
  kt: identities,
  opaque: cryptography,
  mls: async () => (await import("./mls.ts")).mls,
  "safety-number": identities,
  "delivery-proof": identities,
  content: messages,
  padding: clientFormats,
  attachment: clientFormats,
  recovery: clientFormats,
  transcript: clientFormats,
};

/** CONNECTIONS are those of level 1. */
export const CONNECTIONS: Readonly<Record<string, Load>> = {
  open: connections,
  call: connections,
  cancel: connections,
  events: connections,
  state: connections,
  close: connections,
};

/** USERS are those of level 2. */
export const USERS: Readonly<Record<string, Load>> = {
  user: async () => (await import("./users.ts")).userOperations,
  keys: talking,
  verify: talking,
  channel: talking,
  send: talking,
  recv: talking,
  group: talking,
  blob: talking,
};
