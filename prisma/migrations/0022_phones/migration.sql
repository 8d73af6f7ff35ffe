-- What is suspended has a day on which it goes. It is moved on while nothing else would let its owner in (docs/decisions/0025).
ALTER TABLE "Method" ADD COLUMN "suspendedUntil" TIMESTAMPTZ(3);
UPDATE "Method" SET "suspendedUntil" = "suspendedAt" + interval '30 days' WHERE "suspendedAt" IS NOT NULL;
ALTER TABLE "Method" ADD CONSTRAINT "Method_suspended_until" CHECK (("suspendedAt" IS NULL) = ("suspendedUntil" IS NULL));

-- It is what the clock is held against now.
DROP INDEX "Method_suspendedAt_idx";
CREATE INDEX "Method_suspendedUntil_idx" ON "Method"("suspendedUntil");
