// The times after which messages disappear, as people choose them [content.timer-choices].

const HOUR = 3600;
const DAY = 24 * HOUR;

/** TIMERS are the choices with their seconds. */
const TIMERS: ReadonlyMap<string, number> = new Map([
  ["off", 0],
  ["30m", HOUR / 2],
  ["1h", HOUR],
  ["1d", DAY],
  ["7d", 7 * DAY],
]);

/** TIMER_CHOICES are what timerSeconds knows, in order. */
export const TIMER_CHOICES: readonly string[] = [...TIMERS.keys()];

/** timerSeconds answers the expire_secs of a choice, 0 for `off`; undefined for anything else. */
export function timerSeconds(choice: string): number | undefined {
  return TIMERS.get(choice);
}
