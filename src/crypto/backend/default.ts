// The backend that everything uses which is not told another.

import type { CryptoBackend } from "./backend.ts";
import { nodeBackend } from "./node.ts";

export const defaultBackend: CryptoBackend = nodeBackend;
