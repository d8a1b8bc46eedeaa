// Every case of spec/crypto/opaque.md.

import type { Case } from "../../judge/case.ts";
import { exchangeCases } from "./exchange.ts";
import { ke2Cases } from "./ke2.ts";

export const opaqueCases: readonly Case[] = [...exchangeCases, ...ke2Cases];
