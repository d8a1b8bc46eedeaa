#!/usr/bin/env node
import { launch } from "./launch.js";

await launch(import.meta.url, "./qpc-server.ts", "../../dist/src/cli/qpc-server.js");
