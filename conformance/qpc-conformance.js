#!/usr/bin/env node
import { launch } from "../src/cli/launch.js";

await launch(import.meta.url, "./cli/main.ts", "../dist/conformance/cli/main.js");
