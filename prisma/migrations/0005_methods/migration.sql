-- Where a method is kept, as far as its owner says: '' not said, 'own' a device of its own, or the id of the phone.
ALTER TABLE "Method"
    ADD COLUMN "livesOn" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "removalId" UUID;
-- What was removed goes after seven days.
CREATE INDEX "Method_removedAt_idx" ON "Method"("removedAt");
CREATE INDEX "Method_removalId_idx" ON "Method"("removalId");

-- The method that was used last on a browser is asked first there.
ALTER TABLE "Device" ADD COLUMN "lastMethodId" UUID;

-- With what the fresh proof of a session was given, and with what the next one may not be.
ALTER TABLE "Session"
    ADD COLUMN "provenMethodId" UUID,
    ADD COLUMN "avoidMethodId" UUID;

-- Three places of a code and one byte of a keyed hash of what stands there; null for codes made before.
ALTER TABLE "RecoveryCode"
    ADD COLUMN "trial" TEXT,
    ADD COLUMN "provenAt" TIMESTAMPTZ(3);

-- What a link in an alert can put back.
CREATE TABLE "Removal" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "accountId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "methodId" UUID,
    "tries" INTEGER NOT NULL,
    "lastAnswer" TEXT,
    "lastAnswerAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),
    CONSTRAINT "Removal_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Removal_tokenHash_key" ON "Removal"("tokenHash");
CREATE INDEX "Removal_accountId_idx" ON "Removal"("accountId");
CREATE INDEX "Removal_expiresAt_idx" ON "Removal"("expiresAt");
ALTER TABLE "Removal" ADD CONSTRAINT "Removal_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- "Try it": a way of getting in that is tried by the session that asked for it.
CREATE TABLE "Trial" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "sessionId" UUID NOT NULL,
    "target" TEXT NOT NULL,
    "codeId" UUID,
    "tries" INTEGER NOT NULL,
    "lastAnswer" TEXT,
    "lastAnswerAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "provenAt" TIMESTAMPTZ(3),
    CONSTRAINT "Trial_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Trial_sessionId_target_key" ON "Trial"("sessionId", "target");
CREATE INDEX "Trial_accountId_idx" ON "Trial"("accountId");
CREATE INDEX "Trial_expiresAt_idx" ON "Trial"("expiresAt");
ALTER TABLE "Trial" ADD CONSTRAINT "Trial_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
