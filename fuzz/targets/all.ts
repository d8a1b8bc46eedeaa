// Every target, by the name it has on the command line.

import type { Target } from "../target.ts";
import { calls } from "./calls.ts";
import { content } from "./content.ts";
import { dispatched } from "./dispatch.ts";
import { pushFrame } from "./push-frame.ts";
import { recoveryBundle } from "./recovery-bundle.ts";
import { requestFrame } from "./request-frame.ts";
import { requestMessages } from "./request-messages.ts";
import { responseFrame } from "./response-frame.ts";
import { sessionTrailer } from "./session-trailer.ts";
import { transcriptBody } from "./transcript-body.ts";

export const ALL_TARGETS: readonly Target[] = [
  requestFrame,
  responseFrame,
  pushFrame,
  requestMessages,
  sessionTrailer,
  dispatched,
  calls,
  content,
  recoveryBundle,
  transcriptBody,
];
