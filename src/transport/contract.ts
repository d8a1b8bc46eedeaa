// The contract of QuicTransport: every engine passes it, so that what lies above can take any.

import { describe } from "node:test";
import { connectionContract } from "./contract-connections.ts";
import { endingContract } from "./contract-endings.ts";
import { flowContract } from "./contract-flow.ts";
import { streamContract } from "./contract-streams.ts";
import type { Subject } from "./contract-support.ts";

/** transportContract declares the suite for one engine. `subject` is asked for by each case. */
export function transportContract(name: string, subject: () => Subject): void {
  describe(name, { concurrency: false }, () => {
    streamContract(subject);
    flowContract(subject);
    endingContract(subject);
    connectionContract(subject);
  });
}
