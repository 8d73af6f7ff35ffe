/**
 * `npm run build`: everything that a start would make, without starting. For a release that takes over from one that
 * runs.
 */
import { SetupError, setUp } from "./setup.mjs";

process.env.NODE_ENV = "production";
try {
  await setUp();
  console.log("Built.");
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
