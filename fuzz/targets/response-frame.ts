// Response frames: 9 bytes of header [framing.response-header].

import { encodeResponse, RESPONSE } from "../../src/wire/frame.ts";
import { frameTarget } from "../frame-target.ts";

export const responseFrame = frameTarget("response", RESPONSE, ({ status, requestId, payload }) =>
  encodeResponse(status, requestId, payload),
);
