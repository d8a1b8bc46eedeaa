// Loaded with --import into the process of a mutant: changes one source file as it is loaded.

import { registerHooks } from "node:module";
import { MUTANT_VARIABLE, type Mutant } from "./mutant.ts";

const ROOT = new URL("../../", import.meta.url).href;
const { file, find, replace } = JSON.parse(process.env[MUTANT_VARIABLE] ?? "{}") as Mutant;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== `${ROOT}${file}`) return loaded;
    const source = String(loaded.source);
    if (!source.includes(find)) throw new Error(`${file} does not hold the text of the mutant`);
    return { ...loaded, source: source.replace(find, () => replace) };
  },
});
