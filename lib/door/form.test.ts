import { expect, test } from "vitest";
import { readForm } from "./form";

const BOUNDARY = "----FormBoundaryOfThisTest0123456789";

const body = (parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((value) => [
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="password"\r\n\r\n`),
      Buffer.from(value),
      Buffer.from("\r\n"),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);

test.each([
  ["an ordinary one", "eleven quiet ferries 88"],
  ["an empty one", ""],
  ["a mark of the byte order at its start", "\ufeffsecret"],
  ["one within", "sec\ufeffret"],
  ["other alphabets", "пароль パスワード كلمة 🗝️"],
  ["lines and blanks", " a\r\nb\n\tc "],
  ["NUL", "a\0b"],
  ["bytes that are no UTF-8", Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x62])],
  ["what looks like the end of a part", "a\r\n--b--\r\n"],
])(
  "a value with %s is the same in the door's form and in the framework's, which is read by the parser of the platform",
  async (_name, value) => {
    const sent = body([value, "second"]);
    const platform = await new Response(new Uint8Array(sent), {
      headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    }).formData();
    const ours = await readForm(sent, `multipart/form-data; boundary=${BOUNDARY}`);
    expect(ours && [...ours]).toEqual([...platform]);
  },
);
