#!/usr/bin/env node
import { launch } from "./launch.js";

await launch(import.meta.url, "./qpc.ts", "../../dist/src/cli/qpc.js");
