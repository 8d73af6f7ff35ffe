import { expect, test } from "vitest";
// @ts-expect-error plain JavaScript, because the start runs it before there are packages
import { portProblem } from "./port.mjs";

test.each([
  ["EADDRINUSE", 3000, "PORT=3001 npm start"],
  ["EADDRINUSE", 65535, "PORT=3000 npm start"], // there is no port after it
  ["EACCES", 80, "PORT=3000 npm start"],
])("a port that is refused (%s) is named with one that may do: %i", (code, port, way) => {
  const words = portProblem({ code }, port);
  expect(words).toMatch(new RegExp(`^Port ${port} `));
  expect(words).toMatch(new RegExp(`${way}$`));
});

test("an error that is not the port's is nobody's to word here", () => {
  expect(portProblem({ code: "EADDRNOTAVAIL" }, 3000)).toBeUndefined();
});
