// Push frames: 6 bytes of header [framing.push-header].

import { encodePush, PUSH } from "../../src/wire/frame.ts";
import { frameTarget } from "../frame-target.ts";

export const pushFrame = frameTarget("push", PUSH, ({ eventType, payload }) =>
  encodePush(eventType, payload),
);
