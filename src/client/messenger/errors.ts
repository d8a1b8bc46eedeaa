// What a messenger answers when it cannot do what its user asked (spec/client/client.md). Faults of others
// are ClientFault, refusals of the server CallError.

/**
 * MessengerFault says why:
 * - `no-account`: the store holds no account; register first
 * - `other-account`: the store belongs to another username
 * - `unknown-user`: a username that was never resolved
 * - `other-key`: a contact has another key than the one that was compared
 * - `unknown-conversation`: no conversation has this id
 * - `not-a-group`: a direct conversation has its two members for ever
 * - `inactive`: this account is in no group of the conversation, or not any more
 * - `no-key-package`: somebody has no KeyPackage left, so nobody can add him
 * - `change-pending`: an earlier change of the group is still under way
 * - `content`: a message that the content rules do not allow
 */
export type MessengerFault =
  | "no-account"
  | "other-account"
  | "unknown-user"
  | "other-key"
  | "unknown-conversation"
  | "not-a-group"
  | "inactive"
  | "no-key-package"
  | "change-pending"
  | "content";

export class MessengerError extends Error {
  override name = "MessengerError";
  readonly fault: MessengerFault;
  constructor(fault: MessengerFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** Unreachable: no connection to the server, or it broke. What was to be sent waits in the outbox. */
export class Unreachable extends Error {
  override name = "Unreachable";
  constructor(cause: unknown) {
    super("the server cannot be reached", { cause });
  }
}
