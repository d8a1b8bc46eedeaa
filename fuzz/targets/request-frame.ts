// Request frames: 10 bytes of header [framing.request-header].

import { encodeRequest, REQUEST } from "../../src/wire/frame.ts";
import { frameTarget } from "../frame-target.ts";

export const requestFrame = frameTarget("request", REQUEST, ({ methodId, requestId, payload }) =>
  encodeRequest(methodId, requestId, payload),
);
