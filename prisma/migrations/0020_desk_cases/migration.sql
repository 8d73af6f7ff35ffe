-- Which recovery a check or a stop is for. The number stays readable as long as the request is kept; the case itself goes sooner.
ALTER TABLE "DeskRequest" ADD COLUMN "recoveryId" UUID, ADD COLUMN "caseNumber" TEXT;
ALTER TABLE "DeskRequest" ADD CONSTRAINT "DeskRequest_recoveryId_fkey" FOREIGN KEY ("recoveryId") REFERENCES "Recovery"("id") ON DELETE SET NULL ON UPDATE CASCADE;
CREATE INDEX "DeskRequest_recoveryId_idx" ON "DeskRequest"("recoveryId");
-- What was asked for without naming a case is asked for anew.
UPDATE "DeskRequest" SET "caseNumber" = '',
  "endedAt" = CASE WHEN "carriedOutAt" IS NULL THEN coalesce("endedAt", now()) ELSE "endedAt" END
WHERE "kind" IN ('support-check', 'recovery-stop');
ALTER TABLE "DeskRequest" ADD CONSTRAINT "DeskRequest_names_its_case" CHECK ("kind" NOT IN ('support-check', 'recovery-stop') OR "caseNumber" IS NOT NULL);

-- Whose hands on the machine a sign-in at the desk is in, and the one step that its last code was given for. They live for
-- fifteen minutes: those from before are given anew.
DELETE FROM "DeskSession";
ALTER TABLE "DeskSession" ADD COLUMN "callerHash" TEXT NOT NULL, ADD COLUMN "provenFor" TEXT, ADD COLUMN "provenAt" TIMESTAMPTZ(3);
