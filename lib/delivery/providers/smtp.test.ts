import { createPublicKey, createVerify, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { createTransport, type Transporter } from "nodemailer";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { readSettings } from "@/lib/kernel/config";
import type { HandOver, OutgoingMessage } from "../provider";
import { sendThrough, smtpOptions } from "./smtp";

const file = (name: string) => readFileSync(join(import.meta.dirname, "test-data", name), "utf8");
const certificate = { key: file("localhost.key.pem"), cert: file("localhost.cert.pem") };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Received = { from: string; to: string[]; source: string; isEncrypted: boolean };

/** A real mail server on this machine; `rules` are handlers of smtp-server. */
async function startServer(
  rules: SMTPServerOptions = {},
): Promise<{ port: number; received: Received[]; sessions: Set<string>; listener: Server }> {
  const received: Received[] = [];
  const sessions = new Set<string>();
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        sessions.add(session.id);
        received.push({
          from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString("utf8"),
          isEncrypted: session.secure === true,
        });
        done();
      });
    },
    ...rules,
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, received, sessions, listener: server.server };
}

const settingsFor = (url: string, more: Record<string, string> = {}) => {
  const { smtp } = readSettings({
    EMAIL_PROVIDER: "smtp",
    SMTP_URL: url,
    SMTP_FROM: "Latchkey <account@example.com>",
    ...more,
  });
  if (smtp === undefined) throw new Error("no smtp");
  return smtp;
};

const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: randomUUID(),
  channel: "email",
  to: "ann@example.net",
  subject: "Your password at Latchkey was changed",
  body: "It was changed.\n\nIf this was not you: http://localhost:3000/forgot-password",
  purpose: "alert",
  usefulFor: 600,
  ...more,
});

/** Sends by the product's own options; `isLoopback: false` treats this machine as a stranger. */
function mailer(
  url: string,
  options: { isLoopback?: boolean; trust?: boolean; more?: Record<string, string> } = {},
) {
  const smtp = settingsFor(url, options.more);
  const made = smtpOptions(smtp, options.isLoopback);
  const transport: Transporter = createTransport(
    options.trust ? { ...made, tls: { ...made.tls, ca: certificate.cert } } : made,
  );
  closing.push(() => transport.close());
  return (mail: OutgoingMessage, signal = new AbortController().signal): Promise<HandOver> =>
    sendThrough(transport, smtp, mail, signal);
}

const refusedFor = (error: Error & { responseCode?: number }, code: number) =>
  Object.assign(error, { responseCode: code });

const header = (source: string, name: string) =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, "im").exec(source)?.[1]?.replace(/\r\n[ \t]+/g, " ");

test("a mail arrives over TLS, as text and HTML of the same words, and says what it is", async () => {
  const server = await startServer();
  const mail = message();
  const send = mailer(`smtp://localhost:${server.port}`, { isLoopback: false, trust: true });
  expect(await send(mail)).toEqual({ state: "accepted", providerId: mail.id });
  const [got] = server.received;
  expect(got).toMatchObject({ from: "account@example.com", to: ["ann@example.net"], isEncrypted: true });
  const source = got?.source ?? "";
  expect(header(source, "Message-ID")).toBe(`<${mail.id}@localhost>`);
  expect(header(source, "List-Id")).toBe("<account.localhost>");
  expect(header(source, "Auto-Submitted")).toBe("auto-generated");
  expect(header(source, "Content-Type")).toMatch(/^multipart\/alternative/);
  expect(source).toMatch(/Content-Type: text\/plain/i);
  expect(source).toMatch(/Content-Type: text\/html/i);
  expect(source).not.toMatch(/<img|src=3D/i);
});

test("a mail that is sent again carries the same Message-ID", async () => {
  const server = await startServer();
  const mail = message();
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  await send(mail);
  await send(mail);
  expect(new Set(server.received.map(({ source }) => header(source, "Message-ID"))).size).toBe(1);
});

test("connections are kept and shared", async () => {
  const server = await startServer();
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  for (let count = 0; count < 12; count += 1) await send(message());
  expect(server.received).toHaveLength(12);
  expect(server.sessions.size).toBe(1);
});

test("a mail that was given up while its server was slow is not sent after all, and those beside it are", async () => {
  const waiting: (() => void)[] = [];
  const server = await startServer({
    onRcptTo: ({ address }, _session, done) => {
      if (address === "slow@example.net") waiting.push(() => done());
      else done();
    },
  });
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  const giving = new AbortController();
  const given = expect(send(message({ to: "slow@example.net" }), giving.signal)).rejects.toThrow();
  await expect.poll(() => waiting.length).toBe(1);
  giving.abort();
  for (const answer of waiting) answer();
  await given;
  const next = message();
  expect(await send(next)).toEqual({ state: "accepted", providerId: next.id });
  expect(server.received.map(({ to }) => to)).toEqual([["ann@example.net"]]);
});

test("TLS from the first byte works (smtps), with name and password", async () => {
  const server = await startServer({
    secure: true,
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      username === "ann@site" && password === "p:w/d" ? done(null, { user: 1 }) : done(new Error("no")),
  });
  expect(await mailer(`smtps://ann%40site:p%3Aw%2Fd@localhost:${server.port}`)(message())).toMatchObject({
    state: "accepted",
  });
  expect(await mailer(`smtps://ann%40site:wrong@localhost:${server.port}`)(message())).toEqual({
    state: "refused",
    reason: "misconfigured",
    isFinal: false,
  });
});

test("a server elsewhere that offers no TLS, or a certificate that nobody vouches for, gets no mail", async () => {
  const open = await startServer({ disabledCommands: ["STARTTLS"] });
  const plain = mailer(`smtp://127.0.0.1:${open.port}`, { isLoopback: false });
  expect(await plain(message())).toMatchObject({ state: "refused", reason: "misconfigured" });
  const unknown = await startServer();
  const send = mailer(`smtp://127.0.0.1:${unknown.port}`, { isLoopback: false });
  await expect(
    send(message()).then((said) => (said.state === "refused" ? Promise.reject(said) : said)),
  ).rejects.toBeDefined();
  expect([...open.received, ...unknown.received]).toEqual([]);
});

test.each([
  ["greylisting", 451, "4.7.1 Greylisted, try again later", { reason: "try-later", isFinal: false }],
  ["a mailbox that is full for now", 452, "4.2.2 Mailbox full", { reason: "mailbox-full", isFinal: false }],
  ["a mailbox that is full", 552, "5.2.2 Mailbox full", { reason: "mailbox-full", isFinal: true }],
  ["an unknown mailbox", 550, "5.1.1 No such user", { reason: "unknown-address", isFinal: true }],
  ["a refusal of the content", 554, "5.7.1 Spam", { reason: "carrier-refused", isFinal: true }],
  ["a server that shuts down", 421, "4.3.2 Shutting down", { reason: "busy", isFinal: false }],
])("%s (%i) is named", async (_what, code, words, expected) => {
  const server = await startServer({
    onRcptTo: (_address, _session, done) => done(refusedFor(new Error(words), code)),
  });
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  expect(await send(message())).toEqual({ state: "refused", ...expected });
});

test("greylisted once, the same mail is taken the second time, on the same connection", async () => {
  let tries = 0;
  const server = await startServer({
    onRcptTo: (_address, _session, done) => {
      tries += 1;
      done(tries === 1 ? refusedFor(new Error("4.7.1 Greylisted"), 451) : null);
    },
  });
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  const mail = message();
  expect(await send(mail)).toMatchObject({ reason: "try-later" });
  expect(await send(mail)).toMatchObject({ state: "accepted" });
  expect(server.received).toHaveLength(1);
});

test("a connection that breaks in the middle of the mail is not taken for an answer, and the next mail gets through", async () => {
  let breaks = true;
  const sockets = new Set<Socket>();
  const server = await startServer({
    onData: (stream, _session, done) => {
      // As a cable that is pulled.
      stream.on("data", () => {
        if (breaks) for (const socket of sockets) socket.destroy();
      });
      stream.on("end", () => done());
    },
  });
  server.listener.on("connection", (socket: Socket) => sockets.add(socket));
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  await expect(send(message({ body: "x".repeat(200_000) }))).rejects.toThrow();
  breaks = false;
  expect(await send(message())).toMatchObject({ state: "accepted" });
});

test("a server that is not there is no answer", async () => {
  const server = await startServer();
  const send = mailer(`smtp://127.0.0.1:${server.port}`);
  for (const close of closing.splice(0).reverse()) await close();
  await expect(send(message())).rejects.toThrow();
});

test("with a key every mail is signed (DKIM), and the signature holds for its headers", async () => {
  const server = await startServer();
  const privateKey = file("dkim.key.pem");
  const more = {
    SMTP_DKIM_DOMAIN: "example.com",
    SMTP_DKIM_SELECTOR: "mail",
    SMTP_DKIM_PRIVATE_KEY: privateKey.replaceAll("\n", "\\n"),
  };
  await mailer(`smtp://127.0.0.1:${server.port}`, { more })(message());
  const source = server.received[0]?.source ?? "";
  const signature = header(source, "DKIM-Signature") ?? "";
  expect(signature).toMatch(/d=example\.com/);
  expect(signature).toMatch(/s=mail/);
  const names = (/\bh=([^;]+)/.exec(signature)?.[1] ?? "").replace(/\s/g, "").split(":");
  expect(names.map((name) => name.toLowerCase())).toEqual(
    expect.arrayContaining(["from", "to", "subject", "message-id"]),
  );
  const relaxed = (name: string, value: string) =>
    `${name.toLowerCase()}:${value.replace(/\s+/g, " ").trim()}`;
  const signed = [
    ...names.map((name) => `${relaxed(name, header(source, name) ?? "")}\r\n`),
    relaxed("dkim-signature", signature.replace(/\bb=[^;]*$/, "b=")),
  ].join("");
  const verify = createVerify("rsa-sha256").update(signed);
  const bytes = Buffer.from((/\bb=([^;]*)$/.exec(signature)?.[1] ?? "").replace(/\s/g, ""), "base64");
  expect(verify.verify(createPublicKey(privateKey), bytes)).toBe(true);
});
