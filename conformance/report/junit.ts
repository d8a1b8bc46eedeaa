// JUnit XML of a run, for CI systems: one suite per chapter.

import { isGreen } from "../judge/verdict.ts";
import type { Results } from "./results.ts";

/** junit renders results; unsupported cases are skipped, everything red is a failure or an error. */
export function junit({ cases }: Results, strict: boolean): string {
  const chapters = Map.groupBy(cases, ({ id }) => id.split(".")[0] ?? id);
  const suites = [...chapters].map(([chapter, members]) => {
    const tests = members.map((one) => {
      const open = `    <testcase classname="${chapter}" name="${escapeXml(one.id)}" time="${one.ms / 1000}"`;
      const body = [...one.checks.filter(({ verdict }) => verdict !== "pass")]
        .map(({ id, expected, got }) => `${id}: expected ${expected}, got ${got}`)
        .concat(one.note ?? [], one.clause, one.repro)
        .join("\n");
      if (one.verdict === "unsupported") {
        return `${open}><skipped message="${escapeXml(one.note ?? "")}"/></testcase>`;
      }
      if (isGreen(one.verdict, strict)) return `${open}/>`;
      const element = one.verdict === "harness-error" ? "error" : "failure";
      return `${open}><${element} type="${one.verdict}">${escapeXml(body)}</${element}></testcase>`;
    });
    const red = members.filter(({ verdict }) => !isGreen(verdict, strict));
    const errors = red.filter(({ verdict }) => verdict === "harness-error").length;
    const skipped = members.filter(({ verdict }) => verdict === "unsupported").length;
    const counts = `tests="${members.length}" failures="${red.length - errors}" errors="${errors}" skipped="${skipped}"`;
    return `  <testsuite name="${chapter}" ${counts}>\n${tests.join("\n")}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escapeXml(text: string): string {
  // XML 1.0 has no way to spell most control characters, not even escaped.
  return text
    .replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char)
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g, "\uFFFD");
}
