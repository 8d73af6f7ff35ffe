-- What counts as evidence of a recovery must be its owner's and not an intruder's (docs/decisions/0023).

-- Since when somebody who passed the second step has used this browser; null once its owner threw it out. Of browsers that
-- signed in before nobody knows the moment: they begin to count now.
ALTER TABLE "Device" ADD COLUMN "secondStepAt" TIMESTAMPTZ(3);
UPDATE "Device" SET "secondStepAt" = now()
WHERE "lastMethodId" IS NOT NULL
  AND coalesce("trustEndedBecause", '') NOT IN ('device-forgotten', 'all-devices-forgotten', 'device-copied');

-- Nobody knows how long the sets counted that were kept until now, nor whether they were saved.
DELETE FROM "FormerRecoveryCode";

-- A number that went with a stolen phone is evidence of nothing; one that was held twice counts from the second time; and
-- one that is put back is no former number.
CREATE OR REPLACE FUNCTION number_is_former() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."removedAt" IS NULL OR NEW."suspendedAt" IS NOT NULL THEN
        DELETE FROM "FormerNumber" WHERE "accountId" = NEW."accountId" AND "identity" = NEW."identity";
    ELSE
        INSERT INTO "FormerNumber" ("accountId", "identity", "since", "removedAt")
        VALUES (NEW."accountId", NEW."identity", NEW."createdAt", NEW."removedAt")
        ON CONFLICT ("accountId", "identity") DO UPDATE SET "since" = EXCLUDED."since", "removedAt" = EXCLUDED."removedAt";
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER "Method_number_is_former" ON "Method";
CREATE TRIGGER "Method_number_is_former" AFTER UPDATE OF "removedAt" ON "Method" FOR EACH ROW
    WHEN (OLD."removedAt" IS DISTINCT FROM NEW."removedAt" AND NEW."kind" = 'phone' AND NEW."identity" IS NOT NULL)
    EXECUTE FUNCTION number_is_former();

-- Whoever has a working method needs no recovery: a sign-in or a fresh proof with one ends what waits and what only
-- collects. Of what only collected nobody was told, so its end is nobody's news.
CREATE OR REPLACE FUNCTION recovery_ends_by_sign_in() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    WITH ended AS (
        UPDATE "Recovery" SET "endedAt" = now(), "endedBecause" = 'signed-in'
        WHERE "accountId" = NEW."accountId" AND "endedAt" IS NULL
        RETURNING "accountId", "caseNumber", "startedAt")
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
    SELECT "accountId", 'recovery-ended', coalesce(NEW."provenAt", NEW."createdAt"), NEW."address", NEW."browser",
           jsonb_build_object('case', "caseNumber"), NEW."id"
    FROM ended WHERE "startedAt" IS NOT NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER "Session_proof_ends_recovery" AFTER UPDATE OF "provenAt" ON "Session" FOR EACH ROW
    WHEN (NEW."provenAt" IS NOT NULL AND NEW."provenAt" IS DISTINCT FROM OLD."provenAt" AND NEW."provenMethodId" IS NOT NULL)
    EXECUTE FUNCTION recovery_ends_by_sign_in();
