// What is seen of a simulated group from outside: envelopes on their way, epochs as members show them,
// texts as calls report them, histories at the end. The checks know nothing else.

/** Sending is an envelope for the group that a member gave to the server, once for every attempt. */
export interface Sending {
  readonly member: number;
  readonly kind: "application" | "proposal" | "commit";
  readonly epoch: number;
  /** By which the same payload is known again. */
  readonly hash: string;
  /** The MLSMessage. */
  readonly message: Uint8Array;
  readonly recipients: readonly number[];
  /** Places in the inboxes of the recipients; undefined until the server has answered. */
  seqs: readonly bigint[] | undefined;
  /** What an application message says, as its sender keeps it. */
  readonly text: string | undefined;
  readonly operation: number;
}

/** View is a member's own idea of the group. */
export interface View {
  readonly member: number;
  readonly epoch: number;
  readonly members: readonly number[];
  readonly authenticator: string;
}

/** Text is one that a call was asked to send, and did not refuse. No two have the same words. */
export interface Text {
  readonly member: number;
  readonly text: string;
  /** False when the call broke off, so that nobody can tell whether it has begun. */
  readonly taken: boolean;
  /** The sender's epoch when the call began. */
  readonly epoch: number;
  readonly operation: number;
}

/** HistoryEntry is a text in the history of a member. */
export interface HistoryEntry {
  readonly sender: number;
  readonly text: string;
  readonly status: "queued" | "sent" | "received" | "failed";
}

export interface Fault {
  readonly member: number;
  readonly kind: string;
  readonly what: string;
  readonly operation: number;
}

/** Finding is what must not be. */
export interface Finding {
  readonly check: string;
  readonly what: string;
  /** The operation after which it was found, or that it is about; 0 = before the first. */
  readonly operation: number;
}

/** Leave is a call to leave: its member keeps no text that it had not fetched by then. */
export interface Leave {
  readonly member: number;
  readonly epoch: number;
  /** The last place in the inbox that was fetched. */
  readonly seq: bigint;
}

export interface Facts {
  readonly sendings: Sending[];
  /** By member: what was fetched from the inbox of the group, by seq. */
  readonly arrivals: readonly Map<bigint, string>[];
  readonly texts: Text[];
  readonly leaves: Leave[];
  readonly faults: Fault[];
  readonly epochs: Epochs;
}

/** Ending is what members hold when nothing is under way any more. */
export interface Ending {
  /** By member; undefined for whoever is in no group. */
  readonly views: readonly (View | undefined)[];
  readonly histories: readonly (readonly HistoryEntry[])[];
}

export function newFacts(members: number): Facts {
  return {
    sendings: [],
    arrivals: Array.from({ length: members }, () => new Map()),
    texts: [],
    leaves: [],
    faults: [],
    epochs: new Epochs(),
  };
}

/** Epochs knows who was in the group in which epoch, from all that members show and do. */
export class Epochs {
  readonly #members = new Map<number, readonly number[]>();
  readonly #authenticators = new Map<number, string>();
  readonly #joined = new Set<string>();
  readonly #addressed = new Map<number, readonly number[]>();

  /**
   * observe takes what a member shows of an epoch. It answers what is wrong when somebody else has shown
   * the same epoch differently.
   */
  observe({ member, epoch, members, authenticator }: Partial<View> & Place): string | undefined {
    const who = `epoch ${epoch} of member ${member}`;
    const known = this.#members.get(epoch) ?? members;
    if (known && members && !sameNumbers(known, members)) {
      return `${who} has [${members}], that of others has [${known}]`;
    }
    const agreed = this.#authenticators.get(epoch) ?? authenticator;
    if (authenticator !== undefined && authenticator !== agreed) {
      return `${who} has the authenticator ${authenticator}, that of others has ${agreed}`;
    }
    if (known !== undefined) this.#members.set(epoch, known);
    if (agreed !== undefined) this.#authenticators.set(epoch, agreed);
    return undefined;
  }

  /** address takes those to whom a commit goes: the members of its epoch, if nobody shows it otherwise. */
  address(epoch: number, members: readonly number[]): void {
    this.#addressed.set(epoch, members);
  }

  /** membersOf answers undefined for an epoch that nobody showed. */
  membersOf(epoch: number): readonly number[] | undefined {
    return this.#members.get(epoch) ?? this.#addressed.get(epoch);
  }

  holds(member: number, epoch: number): boolean {
    return this.membersOf(epoch)?.includes(member) ?? false;
  }

  /** join takes the epoch that a member was added in, anew or with another leaf for its old one. */
  join(member: number, epoch: number): void {
    this.#joined.add(`${member} ${epoch}`);
  }

  /**
   * stays says whether a member was in every epoch from `first` to `last`, by default the last one of all,
   * without having been added again in between.
   */
  stays(member: number, first: number, last = this.last()): boolean {
    if (!this.holds(member, first)) return false;
    for (let epoch = first + 1; epoch <= last; epoch++) {
      if (!this.holds(member, epoch) || this.#joined.has(`${member} ${epoch}`)) return false;
    }
    return true;
  }

  /** last is the highest epoch that was shown; -1 before the first. */
  last(): number {
    return Math.max(-1, ...this.#members.keys());
  }
}

type Place = Pick<View, "member" | "epoch">;

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
