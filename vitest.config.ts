import path from "node:path";
import { defineConfig } from "vitest/config";

const alias = {
  "@": import.meta.dirname,
  // Outside the framework's bundles there is no client half that this could guard against.
  "server-only": path.join(import.meta.dirname, "scripts", "empty.ts"),
};
const exclude = ["node_modules/**", ".next/**", "build/**", "e2e/**"];
const onDatabase = ["**/flow.test.ts", "**/*.flow.test.ts", "**/*.db.test.ts"];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "rules",
          testTimeout: 20_000,
          include: ["**/*.test.ts"],
          exclude: [...exclude, ...onDatabase],
          setupFiles: "scripts/without-settings.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "flows",
          include: onDatabase,
          exclude,
          globalSetup: "scripts/flows-database.ts",
          setupFiles: "scripts/flows-worker.ts",
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
