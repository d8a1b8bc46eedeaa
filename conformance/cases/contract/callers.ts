// Who may call a method, as the access column of the table has it: a valid request from a caller that
// differs in one thing. The ids follow from the table: `<family>.<method>.<caller>`.

import { type Method, needsSession } from "../../../src/registry/methods.ts";
import { Status } from "../../../src/registry/statuses.ts";
import { type Case, defineCase } from "../../judge/case.ts";
import { callMethod, validRequest } from "../requests.ts";
import { common } from "./common.ts";

/** callerCases are the cases of the access column of a method. */
export function callerCases(method: Method): readonly Case[] {
  return [
    // Delivery and keys look for what a refused call might have done, by hand.
    ...(needsSession(method) && method.family !== "delivery" ? [noSession(method)] : []),
    ...(needsSession(method) ? [operatorToken(method)] : []),
    ...(method.access === "OWNER" && method.family === "p2p" ? [otherOwner(method)] : []),
    ...(method.access === "MEMBER" ? [stranger(method), noRecord(method)] : []),
    ...(method.access === "ADMIN" ? [ordinaryUser(method)] : []),
  ];
}

function noSession(method: Method): Case {
  return defineCase({
    ...common(method, "no-session", {
      rules: ["sessions.unauthorized"],
      sends: `a valid ${method.name} on a connection without a session`,
      errata: ["C-29"],
    }),
    expects: "Unauthorized",
    async run(t) {
      const { fields } = await validRequest(t, method);
      t.refused(await callMethod(await t.peer(), method, fields), Status.Unauthorized);
    },
  });
}

function operatorToken(method: Method): Case {
  const is = method.openToOperator;
  const spec = common(method, "operator-token", {
    rules: ["sessions.operator-token"],
    sends: `a valid ${method.name} with the operator token in its body`,
    errata: ["C-22", "I-22"],
  });
  return defineCase({
    ...spec,
    when: { ...spec.when, session: ["both", "body"] },
    expects: is ? "Ok" : "Forbidden, for the token is nobody's identity",
    async run(t) {
      const token = t.operatorToken();
      const { fields } = await validRequest(t, method);
      const answer = await callMethod(await t.peer(), method, fields, { token });
      if (is) t.status(answer, Status.Ok);
      else t.refused(answer, Status.Forbidden);
    },
  });
}

function otherOwner(method: Method): Case {
  return defineCase({
    ...common(method, "other-owner", {
      rules: [method.accessRule, "sessions.own-identity"],
      sends: `a valid ${method.name} for the key of another user`,
      errata: ["C-42"],
    }),
    expects: "Forbidden or Unauthorized",
    async run(t) {
      const { fields } = await validRequest(t, method);
      const answer = await callMethod(await t.user(), method, fields);
      t.refused(answer, [Status.Forbidden, Status.Unauthorized]);
    },
  });
}

function stranger(method: Method): Case {
  return defineCase({
    ...common(method, "stranger", {
      rules: [method.accessRule],
      sends: `a valid ${method.name} from a user who is no member of the group`,
      errata: ["C-59"],
    }),
    expects: "Forbidden",
    async run(t) {
      const { fields } = await validRequest(t, method);
      t.refused(await callMethod(await t.user(), method, fields), Status.Forbidden);
    },
  });
}

function noRecord(method: Method): Case {
  return defineCase({
    ...common(method, "no-record", {
      rules: ["group.no-record"],
      sends: `a valid ${method.name} but for a group_id that nobody registered`,
      errata: ["C-59"],
    }),
    expects: "NotFound",
    async run(t) {
      const { caller, fields } = await validRequest(t, method);
      const answer = await callMethod(caller, method, { ...fields, groupId: t.bytes(32) });
      t.refused(answer, Status.NotFound);
    },
  });
}

function ordinaryUser(method: Method): Case {
  return defineCase({
    ...common(method, "ordinary-user", {
      rules: [method.accessRule],
      sends: `a valid ${method.name} from a user who is no administrator`,
      errata: ["C-62"],
    }),
    expects: "Forbidden",
    async run(t) {
      const { fields } = await validRequest(t, method);
      t.refused(await callMethod(await t.user(), method, fields), Status.Forbidden);
    },
  });
}
