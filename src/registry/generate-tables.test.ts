import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, renderTable, replaceTable } from "./generate-tables.ts";

const PAGE = "before\n\n<!-- generated: methods -->\n| old |\n<!-- /generated -->\n\nafter\n";

test("a table is replaced between its markers, and only there", () => {
  const page = replaceTable(PAGE, "methods", "| new |\n");
  assert.equal(page, PAGE.replace("| old |", "| new |"));
  assert.equal(replaceTable(page, "methods", "| new |\n"), page);
});

test("a marker that is missing, doubled or open is an error that names it", () => {
  assert.throws(() => replaceTable(PAGE, "events", ""), /no marker "<!-- generated: events -->"/);
  assert.throws(() => replaceTable(PAGE + PAGE, "methods", ""), /methods -->" stands twice/);
  const open = PAGE.replace("<!-- /generated -->", "");
  assert.throws(() => replaceTable(open, "methods", ""), /methods -->" is not closed/);
});

test("columns marked with > are aligned right", () => {
  assert.equal(
    renderTable([">ID", "name"], [["1", "a"]]),
    "| ID | name |\n| ---: | --- |\n| 1 | a |\n",
  );
});

test("amounts are written in the largest unit that holds them exactly", () => {
  assert.equal(amount(4_194_304, "bytes"), "4 MiB");
  assert.equal(amount(1_500, "ms"), "1,500 ms");
  assert.equal(amount(5, "ms"), "5 ms");
  assert.equal(amount(300_000, "ms"), "300 s");
  assert.equal(amount(86_400_000, "ms"), "24 h");
  assert.equal(amount(2_592_000, "s"), "30 days");
  assert.equal(amount(50, "per second"), "50 per second");
});
