// A thread that judges what it is told, one set at a time.

import { parentPort } from "node:worker_threads";
import { judge } from "./judge.ts";

parentPort?.on("message", async (job) => parentPort?.postMessage(await judge(job)));
