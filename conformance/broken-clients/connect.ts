// Mutants of a client below its calls: whom it trusts, how it connects, and how streams end.

import { ids } from "../broken/ids.ts";
import type { Mutant } from "../broken/mutant.ts";

const CALLER = "src/rpc/caller.ts";
const CONNECT = "src/client/connect.ts";
const DIAL = "src/transport/quic/client.ts";
const CONFIG = "src/transport/quic/config.ts";
const RECEIVE = "src/transport/quic/receive.ts";

/** Texts that several mutants change. */
const CREATE = "caller: createCaller(connection),";
const THROW = `signal?.throwIfAborted();
    throw error;`;
const CONNECTION = "const connection = await dialer.connect({ ...server, idleTimeoutMs });";

export const CONNECT_CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: "client-connect.trust.nobody-checked",
    file: CONFIG,
    find: `caPem !== undefined,
    false,`,
    replace: `false,
    false,`,
    kills: ids(
      "client-transport.distrust",
      `after-a-trusted-one another-authority another-key expired issued-for-self-signed
      missing-intermediate neither-anchor not-yet-valid self-signed-for-authority`,
    ),
  },
  {
    id: "client-connect.trust.first-kept",
    file: DIAL,
    find: "const config = clientConfig(quiche, options);",
    replace: `const kept = globalThis as { config?: Config };
  const config = (kept.config ??= clientConfig(quiche, options));`,
    kills: [
      "client-transport.distrust.after-a-trusted-one",
      ...ids(
        "client-transport.trust",
        `authority first-anchor second-anchor second-anchor-of-one-name second-name`,
      ),
    ],
  },
  {
    id: "client-connect.trust.first-anchor-only",
    file: CONNECT,
    find: CONNECTION,
    replace: `const [caPem = ""] = server.caPem.split(/(?<=-----END CERTIFICATE-----)/);
  const connection = await dialer.connect({ ...server, caPem, idleTimeoutMs });`,
    kills: ids("client-transport.trust", `renewal second-anchor second-anchor-of-one-name`),
  },
  {
    id: "client-connect.trust.last-anchor-only",
    file: CONNECT,
    find: CONNECTION,
    replace: `const caPem = server.caPem.trim().split(/(?<=-----END CERTIFICATE-----)/).at(-1) ?? "";
  const connection = await dialer.connect({ ...server, caPem, idleTimeoutMs });`,
    kills: ids("client-transport.trust", `before-renewal first-anchor`),
  },
  {
    id: "client-connect.name.localhost-always",
    file: DIAL,
    find: "engine: Connection.connect(options.serverName,",
    replace: 'engine: Connection.connect("localhost",',
    kills: ids("client-transport.trust", `name-beside-addresses second-name`),
  },
  {
    id: "client-connect.alpn.more-offered",
    file: CONFIG,
    find: "config.setApplicationProtos([...options.alpn]);",
    replace:
      'config.setApplicationProtos(["h3", "capnp", "qpq", "qpq/1", "QPC", "qp", "qpc2", ...options.alpn]);',
    kills: ids(
      "client-transport.alpn",
      `offers-no-other server-speaks-capnp server-speaks-h3 server-speaks-longer
      server-speaks-prefix server-speaks-qpq server-speaks-qpq-1 server-speaks-upper-case`,
    ),
  },
  {
    id: "client-connect.alpn.another",
    file: CONFIG,
    find: "config.setApplicationProtos([...options.alpn]);",
    replace: 'config.setApplicationProtos(["qpq"]);',
    kills: ["client-transport.alpn.qpc"],
  },
  {
    id: "client-connect.open.calls-at-once",
    file: CONNECT,
    find: CREATE,
    replace: `caller: ((made) => {
      void made.call(802, new Uint8Array(0)).catch(() => {});
      return made;
    })(createCaller(connection)),`,
    kills: [
      "client-session.login.nothing-of-its-own",
      ...ids("client-transport.open", `calls-nothing two-at-once`),
      ...ids("client-transport.streams", `at-once one-request-each`),
    ],
  },
  {
    id: "client-connect.open.greets",
    file: CONNECT,
    find: CREATE,
    replace: `caller: ((made) => {
      void connection.openUni().then((hello) => hello.finish(new Uint8Array(1)));
      return made;
    })(createCaller(connection)),`,
    kills: ["client-transport.open.calls-nothing", "client-transport.streams.no-unidirectional"],
  },
  {
    id: "client-connect.open.one-connection",
    file: CONNECT,
    find: CONNECTION,
    replace: `const kept = globalThis as { ports?: Map<number, Promise<Connection>> };
  kept.ports ??= new Map();
  const connection = await (kept.ports.get(server.port) ?? kept.ports.set(server.port, dialer.connect({ ...server, idleTimeoutMs })).get(server.port) as Promise<Connection>);`,
    kills: [
      "client-push.connections.each-its-own",
      "client-session.connection.calls-stay-on-it",
      "client-session.token.of-each-connection",
      ...ids("client-transport.close", `and-a-new-one one-of-two`),
      "client-transport.open.two-at-once",
    ],
    by: "crash",
  },
  {
    id: "client-connect.close.silent",
    file: CONNECT,
    find: 'close: () => connection.close(Status.Ok, "done"),',
    replace: "close: async () => {},",
    kills: ["client-transport.close.by-client"],
  },
  {
    id: "client-connect.timeout.none",
    file: DIAL,
    find: "handshakeTimeoutMs: options.timeoutMs,",
    replace: "handshakeTimeoutMs: 60_000,",
    kills: ["client-transport.open.silent-port"],
    by: "timeout",
  },
  {
    id: "client-streams.credit.not-taken-up",
    file: "src/transport/quic/streams.ts",
    find: "this.bidiOpener.wake();",
    replace: "",
    kills: [
      "client-calls.cancel.while-waiting-for-a-stream",
      ...ids("client-transport.stream-credit", `1 2 3 deadline-while-waiting`),
    ],
  },
  {
    id: "client-streams.reset.zero-is-fin",
    file: RECEIVE,
    find: `const code = resetCode(error);
      return this.#end(`,
    replace: `const code = resetCode(error);
      if (code === 0) return this.#end(END);
      return this.#end(`,
    kills: ["client-calls.isolation.reset", "client-transport.reset.code-0"],
  },
  {
    id: "client-streams.reset.any-is-fin",
    file: RECEIVE,
    find: `const code = resetCode(error);
      return this.#end(`,
    replace: `const code = resetCode(error);
      if (code !== undefined) return this.#end(END);
      return this.#end(`,
    kills: [
      ...ids(
        "client-transport.reset",
        `before-the-request-ended behind-header code-0 code-1 code-10 code-11 code-255
      code-256 code-4294967296 code-5 code-65536 code-8 code-9 code-9007199254740991
      eight-at-once in-header in-payload`,
      ),
      ...ids(
        "client-calls.once",
        `delete-account-reset fetch-key-package-reset opaque-login-finish-reset
      opaque-login-start-reset opaque-register-finish-reset proxy-fetch-key-package-reset
      report-message-reset rotate-keys-reset`,
      ),
      "client-transport.stream-credit.after-resets",
    ],
  },
  {
    id: "client-streams.reset.closes",
    file: RECEIVE,
    find: `const code = resetCode(error);
      return this.#end(`,
    replace: `const code = resetCode(error);
      if (code !== undefined) this.#host.engine.close(true, 1, Buffer.alloc(0));
      return this.#end(`,
    kills: [
      "client-calls.isolation.reset",
      ...ids("client-push.reset", `before-any-byte behind-header in-header in-payload`),
      ...ids(
        "client-transport.reset",
        `before-the-request-ended behind-header behind-whole-answer code-0 code-1 code-10
      code-11 code-255 code-256 code-4294967296 code-5 code-65536 code-8 code-9
      code-9007199254740991 eight-at-once in-header in-payload`,
      ),
      "client-transport.stream-credit.after-resets",
    ],
  },
  {
    id: "client-streams.reset.code-as-status",
    file: CALLER,
    find: THROW,
    replace: `signal?.throwIfAborted();
    if (error instanceof StreamError && error.kind === "reset" && error.code < 12) return { status: error.code, requestId, payload: new Uint8Array(0), payloadLength: 0 };
    throw error;`,
    kills: [
      ...ids(
        "client-transport.reset",
        `before-the-request-ended behind-header code-0 code-1 code-10 code-11 code-5 code-8
      code-9 eight-at-once in-header in-payload`,
      ),
      ...ids(
        "client-calls.once",
        `delete-account-reset fetch-key-package-reset opaque-login-finish-reset
      opaque-login-start-reset opaque-register-finish-reset proxy-fetch-key-package-reset
      report-message-reset rotate-keys-reset`,
      ),
    ],
  },
  {
    id: "client-connect.name.unchecked",
    file: DIAL,
    find: `engine: Connection.connect(options.serverName, randomBytes(20), local, remote, config),
    server: false,
    local,
    remote,
    outbox: new Outbox(socket, true),
    turn,
    handshakeTimeoutMs: options.timeoutMs,
    accepts: ([leaf]) => options.caPem === undefined || isNamed(leaf, options.serverName),`,
    replace: `engine: Connection.connect(null, randomBytes(20), local, remote, config),
    server: false,
    local,
    remote,
    outbox: new Outbox(socket, true),
    turn,
    handshakeTimeoutMs: options.timeoutMs,
    accepts: ([leaf]) => leaf !== undefined,`,
    kills: ids(
      "client-transport.distrust",
      `address-only another-name common-name-only issued-another-name longer-name
      name-as-suffix no-names parent-domain told-another-name wildcard-two-levels`,
    ),
  },
  {
    id: "client-connect.name.common-name",
    file: DIAL,
    find: 'checkHost(serverName, { subject: "never" })',
    replace: 'checkHost(serverName, { subject: "default" })',
    kills: ["client-transport.distrust.no-names"],
  },
  {
    id: "client-connect.close.reconnects",
    file: CONNECT,
    find: CREATE,
    replace: `caller: ((made) => ({
      ...made,
      call: (...request: Parameters<Caller["call"]>) =>
        made.call(...request).catch(async (error) => {
          if (error.name !== "ConnectionError") throw error;
          const anew = await dialer.connect({ ...server, idleTimeoutMs });
          return createCaller(anew).call(...request);
        }),
    }))(createCaller(connection)),`,
    kills: ids("client-transport.close", `behind-the-answer between-calls code-0`),
  },
  {
    id: "client-connect.close.all-together",
    file: CONNECT,
    find: CREATE,
    replace: `caller: ((made) => {
      const family = globalThis as { connections?: Set<Connection> };
      family.connections ??= new Set();
      family.connections.add(connection);
      const all = family.connections;
      void (connection as unknown as { closed: Promise<void> }).closed.then(() => {
        for (const one of all) void one.close(0);
      });
      return made;
    })(createCaller(connection)),`,
    kills: ["client-transport.close.one-of-two", "client-transport.streams.in-turn"],
  },
  {
    id: "client-connect.name.never-right",
    file: DIAL,
    find: 'checkHost(serverName, { subject: "never" }) !== undefined',
    replace: 'checkHost(serverName, { subject: "never" }) === undefined',
    kills: ids(
      "client-transport.trust",
      `authority before-renewal ed25519 first-anchor intermediate name-beside-addresses
      renewal second-anchor second-anchor-of-one-name second-name self-signed`,
    ),
  },
  {
    id: "client-connect.idle.two-hundred-ms",
    file: CONNECT,
    find: "const idleTimeoutMs = LIMITS.idleTimeout.value;",
    replace: "const idleTimeoutMs = 200;",
    kills: [
      "client-calls.deadline.answer-in-time",
      "client-session.wait.longer-than-other-calls",
      "client-transport.idle.calls-keep-alive",
    ],
  },
];
