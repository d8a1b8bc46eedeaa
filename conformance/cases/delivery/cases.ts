// Every case of spec/services/delivery.md.

import type { Case } from "../../judge/case.ts";
import { accessCases } from "./access.ts";
import { ackCases } from "./ack.ts";
import { batchCases } from "./batch.ts";
import { batchSizeCases } from "./batch-size.ts";
import { capCases } from "./cap.ts";
import { dedupCases } from "./dedup.ts";
import { enqueueCases } from "./enqueue.ts";
import { fetchCases } from "./fetch.ts";
import { fieldCases } from "./fields.ts";
import { lapseCases } from "./lapse.ts";
import { limitCases } from "./limit.ts";
import { messageCases } from "./messages.ts";
import { payloadCases } from "./payload.ts";
import { proofCases } from "./proof.ts";
import { restartCases } from "./restart.ts";
import { sealedCases } from "./sealed.ts";
import { seqCases } from "./seq.ts";
import { waitCases } from "./wait.ts";
import { waitEndCases } from "./wait-end.ts";
import { waitSessionCases } from "./wait-session.ts";

export const deliveryCases: readonly Case[] = [
  ...messageCases,
  ...fieldCases,
  ...accessCases,
  ...enqueueCases,
  ...payloadCases,
  ...seqCases,
  ...capCases,
  ...restartCases,
  ...lapseCases,
  ...dedupCases,
  ...fetchCases,
  ...limitCases,
  ...waitCases,
  ...waitEndCases,
  ...waitSessionCases,
  ...ackCases,
  ...batchCases,
  ...batchSizeCases,
  ...sealedCases,
  ...proofCases,
];
