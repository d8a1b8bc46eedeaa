// Mutants of the operator token and of the lists that it opens: src/rpc/credentials.ts.

import { ids } from "./ids.ts";
import type { Mutant } from "./mutant.ts";

const CREDENTIALS = "src/rpc/credentials.ts";
const SERVICE = "src/services/moderation.ts";

export const OPERATOR_MUTANTS: readonly Mutant[] = [
  {
    id: "sessions.operator.any-token",
    file: CREDENTIALS,
    find: "return timingSafeEqual(tokenHash, hashToken(new TextEncoder().encode(operatorToken)));",
    replace: "return tokenHash.length === 32;",
    kills: ids(
      "sessions.operator-token",
      "last-byte-changed first-byte-changed one-byte-less one-byte-more",
    ),
  },
  {
    id: "sessions.operator.remembered",
    file: CREDENTIALS,
    find: "const token = trailerToken(request);",
    replace: `const token = trailerToken(request);
  const isGiven = token.length > 0 && isOperator(hashToken(token), credentials.operatorToken);
  if (isGiven) Object.assign(connection, { isOperators: true });
  if ("isOperators" in connection) return { kind: "operator" };`,
    kills: ["sessions.operator-token.never-binds"],
  },
  {
    id: "sessions.operator.unbinds",
    file: CREDENTIALS,
    find: "if (isOperator(tokenHash, credentials.operatorToken)) return",
    replace: `const isOne = isOperator(tokenHash, credentials.operatorToken);
    if (isOne) connection.binding = undefined;
    if (isOne) return`,
    kills: ["sessions.operator-token.leaves-the-binding"],
  },
  {
    id: "sessions.operator.health-refused",
    file: CREDENTIALS,
    find: "if (!needsSession(method)) return",
    replace: `const isGiven = isOperator(hashToken(trailerToken(request)), credentials.operatorToken);
  demand(!isGiven || method.family !== "health", Status.Forbidden, "sessions.operator-token");
  if (!needsSession(method)) return`,
    kills: ["sessions.operator-token.health"],
  },
  {
    id: "moderation.list-reports.fails",
    file: SERVICE,
    find: "return { reports: found.map(reportEntry) };",
    replace: 'throw new TypeError("no list today");',
    kills: ["methods.table.423-list-reports", "moderation.list-reports.operator-token"],
  },
  {
    id: "moderation.list-banned.fails",
    file: SERVICE,
    find: "return { banned: found.map(banEntry) };",
    replace: 'throw new TypeError("no list today");',
    kills: ["methods.table.424-list-banned", "moderation.list-banned.operator-token"],
  },
];
