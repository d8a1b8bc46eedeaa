// The other half of `qpc demo`: a server that cheats, trick by trick. Each has to be found and named, and
// the honest server has to be believed afterwards.

import { ANSWER_TRICKS } from "./answer-tricks.ts";
import { INBOX_TRICKS } from "./inbox-tricks.ts";
import type { Narrator } from "./narrator.ts";
import { openScene, type Trick } from "./scene.ts";
import type { Theatre } from "./theatre.ts";

/** playLies answers whether every trick was found out. */
export async function playLies(
  theatre: Theatre,
  narrator: Narrator,
  tricks: readonly Trick[] = [...ANSWER_TRICKS, ...INBOX_TRICKS],
): Promise<boolean> {
  // What the messengers do in between is not told here.
  const silent: Narrator = { ...narrator, trace: () => {} };
  let detected = 0;
  for (const [number, trick] of tricks.entries()) {
    narrator.step(`The server ${trick.title}`);
    if (await playTrick(theatre, silent, trick, String(number + 1))) detected++;
  }
  narrator.step(`${detected} of ${tricks.length} tricks were detected and named`);
  return detected === tricks.length;
}

async function playTrick(
  theatre: Theatre,
  narrator: Narrator,
  { expected, play }: Trick,
  suffix: string,
): Promise<boolean> {
  const scene = openScene(theatre, narrator, suffix);
  try {
    const faults = await play(scene);
    const fault = faults.find((one) => one.fault === expected);
    if (fault) {
      narrator.tell(`detected: ${fault.fault}: ${fault.message}`);
      narrator.tell("the client kept its state, and goes on with an honest server");
      return true;
    }
    const instead = faults.map((one) => one.fault).join(", ") || "nothing";
    narrator.tell(`NOT DETECTED: expected ${expected}, found ${instead}`);
  } catch (error) {
    narrator.tell(`FAILED: ${(error as Error).message}`);
  } finally {
    theatre.tell(undefined);
    await scene.close();
  }
  return false;
}
