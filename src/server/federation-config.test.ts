// Federation as it is configured: options, files, and the section of QPC_TEST_CONFIG (C-71).

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type CertifiedKey, createSelfSigned } from "../crypto/certificates.ts";
import { loadFederation, readFederationSection } from "./federation-config.ts";
import { readServerOptions, type ServerOptions, UsageError } from "./options.ts";

const ON = ["--allow-insecure-auth", "--federation-enabled", "--federation-domain", "A.test"];

let folder: string;
let identity: CertifiedKey;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "qpc-federation-"));
  identity = await createSelfSigned({ algorithm: "P-256", names: ["a.test"] });
});
after(() => rm(folder, { recursive: true, force: true }));

test("it is off unless it is switched on", () => {
  assert.equal(read(["--allow-insecure-auth", "--federation-domain", "a.test"]), undefined);
  const env = { QPC_FEDERATION_ENABLED: "true", QPC_FEDERATION_DOMAIN: "a.test" };
  assert.equal(read(["--allow-insecure-auth"], env)?.domain, "a.test");
});

test("the documented defaults, and everything that can be set", () => {
  const inData = (name: string) => join("data", name);
  assert.deepEqual(read(ON), {
    host: "0.0.0.0",
    port: 7001,
    domain: "a.test",
    certFile: inData("federation-cert.der"),
    keyFile: inData("federation-key.der"),
    caFile: inData("federation-ca.der"),
    peers: [],
  });
  const files = ["--federation-cert", "c", "--federation-key", "k", "--federation-ca", "a"];
  const peers = ["--federation-peers", "B.test=192.0.2.2:7001, c.test=[::1]:7002"];
  assert.deepEqual(read([...ON, "--federation-listen", "[::]:1", ...files, ...peers]), {
    host: "::",
    port: 1,
    domain: "a.test",
    certFile: "c",
    keyFile: "k",
    caFile: "a",
    peers: [
      { domain: "b.test", address: "192.0.2.2:7001" },
      { domain: "c.test", address: "[::1]:7002" },
    ],
  });
});

test("a domain is needed, and peers have a name and an address", () => {
  assert.throws(() => read(["--allow-insecure-auth", "--federation-enabled"]), UsageError);
  for (const peers of ["b.test", "=192.0.2.2:7001", "b.test=192.0.2.2"]) {
    assert.throws(() => read([...ON, "--federation-peers", peers]), UsageError);
  }
});

test("certificates are read, DER or PEM, and have to name the domain", async () => {
  const [certFile, keyFile, caFile] = ["cert.der", "key.der", "ca.pem"].map((name) =>
    join(folder, name),
  );
  const options = { ...(read(ON) as NonNullable<ServerOptions["federation"]>) };
  const files = { certFile: `${certFile}`, keyFile: `${keyFile}`, caFile: `${caFile}` };
  await assert.rejects(loadFederation({ ...options, ...files }), /ENOENT/);
  await writeFile(files.certFile, identity.certDer);
  await writeFile(files.keyFile, identity.keyDer);
  await writeFile(files.caFile, identity.certPem);
  const { certPem, keyPem, caPem } = await loadFederation({ ...options, ...files });
  assert.deepEqual([certPem, keyPem, caPem], [identity.certPem, identity.keyPem, identity.certPem]);
  const other = { ...options, ...files, domain: "b.test" };
  await assert.rejects(loadFederation(other), /is for a\.test, not for b\.test/);
});

test("the section of a server under test", () => {
  const section = {
    domain: "A.test",
    listen: "127.0.0.1:0",
    cert_pem: identity.certPem,
    key_pem: identity.keyPem,
    ca_pem: identity.certPem,
    peers: { "B.test": "127.0.0.1:7002" },
  };
  assert.deepEqual(readFederationSection(section), {
    host: "127.0.0.1",
    port: 0,
    domain: "a.test",
    certPem: identity.certPem,
    keyPem: identity.keyPem,
    caPem: identity.certPem,
    peers: [{ domain: "b.test", address: "127.0.0.1:7002" }],
  });
  assert.equal(readFederationSection(undefined), undefined);
  assert.equal(readFederationSection(null), undefined);
  assert.deepEqual(readFederationSection({ ...section, peers: undefined })?.peers, []);
  for (const bad of ["x", {}, { ...section, listen: 7 }, { ...section, peers: { b: 7 } }]) {
    assert.throws(() => readFederationSection(bad), UsageError);
  }
});

function read(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return (readServerOptions(argv, env) as ServerOptions).federation;
}
