/**
 * `npm run build`: everything that a start would make, without starting. For a release that takes over from one that
 * runs.
 */
import { setUpOrExit } from "./setup.mjs";

process.env.NODE_ENV = "production";
await setUpOrExit();
console.log("Built.");
