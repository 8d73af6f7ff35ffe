-- What happened to a message after it left, what it cost, and which number and country it went to.
ALTER TABLE "Message"
    ADD COLUMN "country" TEXT,
    ADD COLUMN "recipient" TEXT,
    ADD COLUMN "acceptedAt" TIMESTAMPTZ(3),
    ADD COLUMN "deliveredAt" TIMESTAMPTZ(3),
    ADD COLUMN "failedAt" TIMESTAMPTZ(3),
    ADD COLUMN "confirmedAt" TIMESTAMPTZ(3),
    ADD COLUMN "cost" DECIMAL(12,6),
    ADD COLUMN "currency" TEXT;

-- The worker asks for what is due of one channel at a time, so that one that is down does not stand in the way.
DROP INDEX "Message_nextTryAt_idx";
CREATE INDEX "Message_channel_nextTryAt_idx" ON "Message"("channel", "nextTryAt");
-- A call-back names the provider's own id.
CREATE UNIQUE INDEX "Message_provider_providerId_key" ON "Message"("provider", "providerId");
-- The health of a number, and the order of the alerts to one address.
CREATE INDEX "Message_recipient_createdAt_idx" ON "Message"("recipient", "createdAt");
CREATE INDEX "Message_country_createdAt_idx" ON "Message"("country", "createdAt");

-- A code that is used says that its message arrived. Codes go after a day and messages after thirty, so the message
-- keeps the moment; in the same statement, so that a sign-in takes no further step for it.
CREATE FUNCTION message_confirm() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "Message" SET "confirmedAt" = NEW."usedAt" WHERE "id" = NEW."messageId" AND "confirmedAt" IS NULL;
    RETURN NULL;
END;
$$;
CREATE TRIGGER "Code_usedAt_confirms" AFTER UPDATE OF "usedAt" ON "Code" FOR EACH ROW
    WHEN (OLD."usedAt" IS NULL AND NEW."usedAt" IS NOT NULL) EXECUTE FUNCTION message_confirm();
