-- For a database that an older dump was put back into, before the site starts on it (docs/running.md, "Restore").
-- What people ended since the dump is there again. These statements end it for good: everybody signs in anew, with both
-- steps, on every browser; what was under way begins again; no message goes out a second time.
BEGIN;
DELETE FROM "Session";
DELETE FROM "SignInAttempt";
DELETE FROM "MailLink";
UPDATE "Device" SET "trustedUntil" = NULL, "trustedAt" = NULL;
UPDATE "Recovery" SET "endedAt" = now(), "endedBecause" = 'expired' WHERE "endedAt" IS NULL;
UPDATE "Message" SET "state" = 'expired', "content" = NULL, "nextTryAt" = NULL WHERE "state" = 'queued';
DELETE FROM "DeskSession";
UPDATE "DeskRequest" SET "endedAt" = now() WHERE "endedAt" IS NULL AND "carriedOutAt" IS NULL;
UPDATE "AccessPass" SET "endedAt" = now() WHERE "endedAt" IS NULL AND "usedAt" IS NULL;
COMMIT;
