import { transportContract } from "./contract.ts";
import { createMemoryTransport } from "./memory.ts";

const transport = createMemoryTransport();

transportContract("the transport in memory", () => ({
  transport,
  certPem: "",
  keyPem: "",
}));
