-- A code that its provider reports as failed goes on to the next one: until when its words are kept for that, and which
-- providers have failed the same words before. Null: they are wiped as soon as a provider has them.
-- What a message cost is known later: when to ask for it, and how often that was done.
ALTER TABLE "Message"
    ADD COLUMN "keptUntil" TIMESTAMPTZ(3),
    ADD COLUMN "notBy" TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN "costAskAt" TIMESTAMPTZ(3),
    ADD COLUMN "costAsks" INTEGER NOT NULL DEFAULT 0;
CREATE INDEX "Message_keptUntil_idx" ON "Message"("keptUntil");
CREATE INDEX "Message_costAskAt_idx" ON "Message"("costAskAt");
