/** `npm start`: everything from a fresh clone to a running site, in one process. */
import net from "node:net";
import { portProblem } from "./port.mjs";
import { nodeProblem, SetupError, setUp } from "./setup.mjs";

function refuse(line) {
  console.error(line);
  process.exit(1);
}

/** Rejects when somebody listens at `port` already. Asked before anything slow; the server itself asks again. */
function tryPort(port, host) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(port, host, () => server.close(resolve));
  });
}

async function checkPort(port) {
  const wanted = process.env.LISTEN_ADDRESS?.trim();
  for (const host of wanted ? [wanted] : ["127.0.0.1", "::1"]) {
    try {
      await tryPort(port, host);
    } catch (error) {
      const problem = portProblem(error, port);
      if (problem) refuse(problem);
    }
  }
}

const problem = nodeProblem(process.version);
if (problem) refuse(problem);
process.env.NODE_ENV = "production";
const port = Number(process.env.PORT?.trim() || 3000);
if (Number.isInteger(port) && port > 0 && port < 65536) await checkPort(port);

try {
  await setUp();
} catch (error) {
  if (error instanceof SetupError) refuse(error.message);
  throw error;
}
await import("../build/server.mjs");
