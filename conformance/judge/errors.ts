// What can end a case beside its checks.

/** Unsupported: the subject lacks something optional that the case needs. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

/** HarnessError: the fault is ours, or the machine's; never blamed on the subject. */
export class HarnessError extends Error {
  override name = "HarnessError";
}

/** UsageError: the command line cannot be used; the message is one line. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** NoAnswer: no response frame came back, or one that cannot be an answer to the call. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

/** PrerequisiteFailed: a step that the case merely needs on its way did not succeed. */
export class PrerequisiteFailed extends Error {
  override name = "PrerequisiteFailed";
}

/** CheckFailed ends a case at a check that the rest of it stands on. */
export class CheckFailed extends Error {
  override name = "CheckFailed";
}

/** SubjectGone: the process of the subject ended. */
export class SubjectGone extends Error {
  override name = "SubjectGone";
}

/** SubjectUnusable: the subject does not start, or cannot be reached at all. */
export class SubjectUnusable extends Error {
  override name = "SubjectUnusable";
}

/** SubjectLost: a program that a case talks to is of no use any more; it says what that costs. */
export class SubjectLost extends Error {
  override name = "SubjectLost";
  readonly verdict: "crash" | "timeout" | "harness-error";
  constructor(verdict: "crash" | "timeout" | "harness-error", message: string) {
    super(message);
    this.verdict = verdict;
  }
}
