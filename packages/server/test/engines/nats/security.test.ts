import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NatsSettings } from "../../../src/engines/nats/options.js";
import { freePort, hasNats, startNats, type NatsServer } from "../../support/nats-server.js";
import { until } from "../../support/until.js";
import { makeCertificateAuthority, type CertificateAuthority } from "./support/certificate-authority.js";
import { NatsOperator } from "./support/nats-operator.js";
import { follow, openNode, type Seen } from "./support/nodes.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rtmsg-nats-security-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a node, and expects that it can produce. */
async function expectIn(url: string, settings: Partial<NatsSettings>): Promise<void> {
  await using node = await openNode(url, settings);
  expect(await node.produce({ topic: "t", data: 1 })).toMatchObject({ duplicate: false });
}

/** Opens nodes, and expects that each is refused with a text that says why and what to do. */
async function expectOut(
  url: string,
  refused: readonly (readonly [Partial<NatsSettings>, RegExp])[],
): Promise<void> {
  for (const [settings, why] of refused) await expect(openNode(url, settings)).rejects.toThrow(why);
}

function withSecrets({ url }: NatsServer, secrets: string): string {
  return url.replace("//", `//${secrets}@`);
}

const REFUSED =
  /at nats:\/\/127\.0\.0\.1:\d+ \(.*\): it lets nobody in with these credentials\. Check the user/;

describe.runIf(hasNats)("credentials that a node shows NATS", () => {
  it("are a user and a password, as options or in the address", async () => {
    await using nats = await startNats({ config: `authorization { user: me, password: "p:@ w" }` });
    await expectIn(nats.url, { credentials: { user: "me", password: "p:@ w" } });
    await expectIn(withSecrets(nats, "me:p%3A%40%20w"), {});
    await expectOut(nats.url, [
      [{ credentials: { user: "me", password: "secret" } }, REFUSED],
      [{ credentials: { token: "me" } }, REFUSED],
      [{}, REFUSED],
    ]);
    // What is wrong is told without what must stay secret.
    await expect(openNode(withSecrets(nats, "me:hidden"))).rejects.not.toThrow(/hidden/);
  });

  it("are a token, as an option or in the address", async () => {
    await using nats = await startNats({ config: "authorization { token: this_is_it }" });
    await expectIn(nats.url, { credentials: { token: "this_is_it" } });
    await expectIn(withSecrets(nats, "this_is_it"), {});
    await expectOut(nats.url, [[{ credentials: { token: "this_is_not" } }, REFUSED]]);
  });

  it("are an nkey", async () => {
    const [known, stranger] = [createUser(), createUser()];
    const seed = (key: typeof known): string => new TextDecoder().decode(key.getSeed());
    await using nats = await startNats({
      config: `authorization { users: [{ nkey: ${known.getPublicKey()} }] }`,
    });
    await expectIn(nats.url, { credentials: { nkeySeed: seed(known) } });
    await expectOut(nats.url, [
      [{ credentials: { nkeySeed: seed(stranger) } }, REFUSED],
      [{ credentials: { nkeySeed: known.getPublicKey() } }, /nkey seed .* begins with "SU"/],
      [{ credentials: { nkeySeed: "SU" } }, /nkey seed .* begins with "SU"/],
    ]);
  });

  it("are a .creds file, of a user whose account the operator has signed", async () => {
    const [operator, other] = [new NatsOperator(), new NatsOperator()];
    await using nats = await startNats({ config: await operator.config() });
    const { file: credsFile } = await operator.makeUser(folder, "known");
    await expectIn(nats.url, { credentials: { credsFile } });
    const { file: wrong } = await other.makeUser(folder, "stranger");
    const empty = join(folder, "empty.creds");
    writeFileSync(empty, "");
    await expectOut(nats.url, [
      [{ credentials: { credsFile: wrong } }, REFUSED],
      [{ credentials: { credsFile: empty } }, /empty\.creds holds no credentials .*: give a \.creds file/],
      [
        { credentials: { credsFile: join(folder, "none") } },
        /none of credentials .* cannot be read .*: check/,
      ],
    ]);
  });

  it("are read again when they have ended and others have taken their place", async () => {
    const operator = new NatsOperator();
    const config = await operator.config();
    await using nats = await startNats({ config });
    const first = await operator.makeUser(folder, "first");
    const second = await operator.makeUser(folder, "second");
    const credentials = { credsFile: first.file };
    await using node = await openNode(nats.url, { timeoutMs: 500, credentials });
    await node.produce({ topic: "t", data: 1 });
    await nats.end("SIGTERM");
    const file = join(nats.folder, "nats.conf");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(config, await operator.config(first.publicKey)));
    await nats.start();
    await expect(node.produce({ topic: "t", data: 2, id: "two" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    writeFileSync(first.file, readFileSync(second.file));
    const produceTwo = (): Promise<boolean> =>
      node.produce({ topic: "t", data: 2, id: "two" }).then(
        () => true,
        () => false,
      );
    await until(produceTwo, "it is let in again", 20_000);
  });

  it("need few rights, and a start says when one is denied", async () => {
    const rights = (publish: string): string =>
      `authorization { users: [{ user: me, password: secret, permissions: { publish: [${publish}], subscribe: ["_INBOX.>"] } }] }`;
    const credentials = { user: "me", password: "secret" };
    await using nats = await startNats({ config: rights('"RTMSG.>", "$JS.API.>", "$JS.FC.>", "$KV.>"') });
    await using node = await openNode(nats.url, { credentials });
    const over = new AbortController();
    const seen: Seen[] = [];
    const following = follow(node, "t", seen, over.signal);
    for (const n of [1, 2, 3]) await node.produce({ topic: "t", data: n });
    await until(() => seen.length === 3, "it follows");
    await node.trim("t", seen[0]!.offset);
    over.abort();
    await following;
    await using poor = await startNats({ config: rights('"RTMSG.>"') });
    await expectOut(poor.url, [
      [{ credentials }, /denies the node a right .*STREAM\.INFO.*: let its user publish/],
    ]);
  });

  it("are of an account that has JetStream", async () => {
    await using nats = await startNats({
      config: `accounts { A: { jetstream: enabled }, B: { users: [{ user: me, password: secret }] } }`,
    });
    const credentials = { user: "me", password: "secret" };
    await expectOut(nats.url, [
      [{ credentials, timeoutMs: 500 }, /has no JetStream for this node: start it with "-js", and enable it/],
    ]);
  });
});

describe.runIf(hasNats)("TLS between a node and NATS", () => {
  let ca: CertificateAuthority;
  let stranger: CertificateAuthority;
  beforeAll(async () => {
    [ca, stranger] = (await Promise.all(
      ["trusted", "stranger"].map((name) => makeCertificateAuthority(folder, name)),
    )) as [CertificateAuthority, CertificateAuthority];
  });

  async function startTls(more = "", name = "127.0.0.1"): Promise<NatsServer> {
    const { certFile, keyFile } = await ca.certify("server", name);
    return startNats({
      config: `tls { cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${ca.caFile}"${more} }`,
    });
  }

  it("takes servers whose certificate somebody trusted has signed, and no others", async () => {
    await using nats = await startTls();
    await expectIn(nats.url, { tls: { caFile: ca.caFile } });
    await expectIn(nats.url.replace("nats:", "tls:"), { tls: { caFile: ca.caFile } });
    const unknown = /: nobody who is trusted here has signed its certificate\. Give the file/;
    await expectOut(nats.url, [
      [{ tls: { caFile: stranger.caFile } }, unknown],
      [{}, unknown],
      [{ tls: { caFile: join(folder, "none") } }, /none of TLS for NATS cannot be read .*: check its path/],
    ]);
  });

  it("takes a certificate of another host's from nobody", async () => {
    await using nats = await startTls("", "10.1.2.3");
    const why = /: its certificate is another host's\. Use an address that the certificate names/;
    await expectOut(nats.url, [[{ tls: { caFile: ca.caFile } }, why]]);
    // What counts is what was asked for, and not what it is called by the client library.
    await using local = await startTls("", "localhost");
    await expectOut(local.url, [[{ tls: { caFile: ca.caFile } }, why]]);
    await expectIn(local.url.replace("127.0.0.1", "localhost"), { tls: { caFile: ca.caFile } });
  });

  it("shows the node's certificate to a server that asks for one", async () => {
    await using nats = await startTls(", verify: true");
    const [mine, other] = [await ca.certify("node"), await stranger.certify("node")];
    const { caFile } = ca;
    await expectIn(nats.url, { tls: { caFile, ...mine } });
    const asks = /: it does not answer\. Check the address, and whether it asks for a certificate/;
    await expectOut(nats.url, [
      [{ timeoutMs: 1_000, tls: { caFile } }, asks],
      [{ timeoutMs: 1_000, tls: { caFile, ...other } }, asks],
      [
        { tls: { caFile, ...mine, keyFile: other.keyFile } },
        /: TLS failed\. Check the certificate and the key/,
      ],
    ]);
  });

  it("is never left out where it was asked for", async () => {
    await using nats = await startNats();
    const plain = /: check the address and whether it speaks TLS/;
    await expectOut(nats.url, [[{ tls: { caFile: ca.caFile } }, plain]]);
    await expectOut(nats.url.replace("nats:", "tls:"), [[{}, plain]]);
  });
});

describe.runIf(hasNats)("a start without a NATS server", () => {
  it("says where it looked, and how to start one", async () => {
    const port = await freePort();
    await expect(openNode(`nats://127.0.0.1:${port}`)).rejects.toThrow(
      new RegExp(
        `at nats://127\\.0\\.0\\.1:${port} .*: check the address .*, or start one with "nats-server -js"`,
      ),
    );
  });
});
