-- New-number mode: when the old number goes by itself, and whose place an enrolment takes (docs/decisions/0024).
ALTER TABLE "Method" ADD COLUMN "retiresAt" TIMESTAMPTZ(3);
ALTER TABLE "Enrolment" ADD COLUMN "replaces" UUID;

-- "My phone was stolen" (docs/decisions/0025). What is suspended is disabled too, so that no query can forget it.
ALTER TABLE "Method"
    ADD COLUMN "suspendedAt" TIMESTAMPTZ(3),
    ADD CONSTRAINT "Method_suspended_is_disabled" CHECK ("suspendedAt" IS NULL OR "disabledAt" IS NOT NULL);

-- Both are looked for by the clock.
CREATE INDEX "Method_retiresAt_idx" ON "Method"("retiresAt");
CREATE INDEX "Method_suspendedAt_idx" ON "Method"("suspendedAt");
