// The time that expiry, waits and rate windows go by. Everything that a test may want to skip asks
// this clock and no other.

export interface Clock {
  /** now is Unix time in milliseconds. */
  now(): number;
  /** after calls `due` once, no earlier than `ms` milliseconds from now, unless cancelled. */
  after(ms: number, due: () => void): () => void;
}

/** AdjustableClock can be moved forward (hook clock.advance). */
export interface AdjustableClock extends Clock {
  /** advance moves the clock and fires what became due, in order of the due times. */
  advance(ms: number): void;
}

interface Alarm {
  readonly dueAt: number;
  readonly due: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** The longest delay that a timer of the system takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** createClock runs with the system's time until it is moved. */
export function createClock(): AdjustableClock {
  let offset = 0;
  const alarms = new Set<Alarm>();
  const now = () => Date.now() + offset;

  // A timer may fire a little early, and a long one in stages: the clock decides.
  function look(alarm: Alarm): void {
    clearTimeout(alarm.timer);
    const left = alarm.dueAt - now();
    if (left > 0) {
      alarm.timer = setTimeout(() => look(alarm), Math.min(left, LONGEST_TIMER_MS));
    } else if (alarms.delete(alarm)) {
      alarm.due();
    }
  }

  return {
    now,
    after(ms, due) {
      const alarm: Alarm = { dueAt: now() + ms, due, timer: undefined };
      alarm.timer = setTimeout(() => look(alarm), Math.min(ms, LONGEST_TIMER_MS));
      alarms.add(alarm);
      return () => {
        clearTimeout(alarm.timer);
        alarms.delete(alarm);
      };
    },
    advance(ms) {
      offset += ms;
      for (const alarm of [...alarms].sort((a, b) => a.dueAt - b.dueAt)) look(alarm);
    },
  };
}
