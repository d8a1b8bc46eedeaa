// A client process: connects where it is told, then puts on a load for each message it gets.

import { type Connected, connectTo, type Endpoint } from "./calls.ts";
import { putLoad } from "./load.ts";

/** Order is one round. */
export interface Order {
  readonly inFlight: number;
  readonly ms: number;
}

let connected: Connected | undefined;

process.on("message", async (message: Endpoint | Order) => {
  if ("side" in message) {
    connected = await connectTo(message);
    process.send?.({});
  } else if (connected) {
    process.send?.(await putLoad(connected.call, message.inFlight, message.ms));
  }
});
process.once("disconnect", () => process.exit());
