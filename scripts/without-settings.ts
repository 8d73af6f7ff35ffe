/** Runs before tests: settings of the person who runs them must not leak into them, nor into what they start. */
// @ts-expect-error plain JavaScript, because the set-up runs it before there are packages
import { isSetting } from "./setup.mjs";

for (const name of Object.keys(process.env)) if (isSetting(name)) delete process.env[name];
