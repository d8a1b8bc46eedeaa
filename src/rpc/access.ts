// Who may call a method: the access column of the method table, checked for every method after the
// field rules and before the handler [methods.check-order].

import type { Message } from "@bufbuild/protobuf";
import type { Method } from "../registry/methods.ts";
import { Status } from "../registry/statuses.ts";
import { demand } from "./error.ts";
import { fieldAt } from "./fields.ts";
import type { Caller } from "./service.ts";

/** AccessLookups is what the table cannot say by itself. */
export interface AccessLookups {
  /** membership tells whether a key is a member of a group record; undefined when there is no record. */
  readonly membership: (
    groupId: Uint8Array,
    identityKey: Uint8Array,
  ) => Promise<boolean | undefined>;
  readonly isRevoked: (identityKey: Uint8Array) => Promise<boolean>;
}

/** checkAccess refuses a caller that the method table does not let in. */
export async function checkAccess(
  method: Method,
  request: Message,
  caller: Caller,
  lookups: AccessLookups,
): Promise<void> {
  // I-22: the operator token is no identity, so it opens administration and nothing else.
  if (caller.kind === "operator") {
    demand(method.openToOperator, Status.Forbidden, "sessions.operator-token");
    return;
  }
  if (method.access === "PEER") {
    demand(caller.kind === "peer", Status.Forbidden, method.accessRule);
  }
  if (caller.kind !== "session") return;
  const { identityKey } = caller.session;
  switch (method.access) {
    case "OWNER": {
      const own = Buffer.compare(namedKey(method, request), identityKey) === 0;
      demand(own, Status.Forbidden, method.accessRule);
      break;
    }
    case "MEMBER": {
      const isMember = await lookups.membership(namedKey(method, request), identityKey);
      demand(isMember !== undefined, Status.NotFound, "group.no-record");
      demand(isMember, Status.Forbidden, method.accessRule);
      break;
    }
    case "ADMIN":
      demand(caller.admin, Status.Forbidden, method.accessRule);
      break;
  }
  if (method.closedToRevoked) {
    demand(!(await lookups.isRevoked(identityKey)), Status.Forbidden, "kt.refused");
  }
}

function namedKey(method: Method, request: Message): Uint8Array {
  return fieldAt(method.input, request, method.ownerField) as Uint8Array;
}
