import { randomInt } from "node:crypto";
import net from "node:net";

/**
 * Below the ports that every system gives to whoever asks for any (32768 and up on Linux, 49152 elsewhere), and none that
 * browsers refuse: a server that is off for a moment still finds its port free when it comes back.
 */
const APART = { from: 20_000, below: 30_000 };
const TRIES = 50;

/** A port that is free on loopback, and that no other program is given by chance. */
export async function freePort(): Promise<number> {
  for (let turn = 1; ; turn += 1) {
    const port = randomInt(APART.from, APART.below);
    const server = net.createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", resolve);
      });
    } catch (error) {
      if (turn < TRIES) continue;
      throw error;
    }
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
