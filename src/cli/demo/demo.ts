// `qpc demo`: the whole protocol on one machine, told step by step; with --lying-server also what a client
// says to a server that cheats (spec/client/client.md).

import { playLies } from "./lies.ts";
import { createNarrator } from "./narrator.ts";
import { playStory } from "./story.ts";
import { openTheatre } from "./theatre.ts";

/** playDemo prints through `print` and answers whether everything was as it should be. */
export async function playDemo(
  lyingServer: boolean,
  print: (line: string) => void,
): Promise<boolean> {
  const theatre = await openTheatre();
  const narrator = createNarrator(print);
  try {
    if (lyingServer) return await playLies(theatre, narrator);
    await playStory(theatre, narrator);
    print("\nAll steps were as they should be.");
    return true;
  } finally {
    await theatre.close();
  }
}
