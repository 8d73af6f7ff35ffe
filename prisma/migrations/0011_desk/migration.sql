-- What a way back in added proves no removal of what was there before, until then. Recovery adds such methods too.
ALTER TABLE "Method" ADD COLUMN IF NOT EXISTS "cannotRemoveOthersUntil" TIMESTAMPTZ(3);

-- Who works at the support desk.
CREATE TABLE "DeskAgent" (
    "accountId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "addedAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "DeskAgent_pkey" PRIMARY KEY ("accountId")
);
ALTER TABLE "DeskAgent" ADD CONSTRAINT "DeskAgent_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Somebody proven at the desk.
CREATE TABLE "DeskSession" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "accountId" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "DeskSession_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "DeskSession_tokenHash_key" ON "DeskSession"("tokenHash");
CREATE INDEX "DeskSession_accountId_idx" ON "DeskSession"("accountId");
CREATE INDEX "DeskSession_expiresAt_idx" ON "DeskSession"("expiresAt");
ALTER TABLE "DeskSession" ADD CONSTRAINT "DeskSession_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What one agent asks for and another approves. The check holds whatever the code above it does.
CREATE TABLE "DeskRequest" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "accountId" UUID NOT NULL,
    "requesterId" UUID NOT NULL,
    "requester" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "approverId" UUID,
    "approver" TEXT,
    "approvedAt" TIMESTAMPTZ(3),
    "carriedOutAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    CONSTRAINT "DeskRequest_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "DeskRequest_four_eyes" CHECK ("approverId" IS DISTINCT FROM "requesterId"),
    CONSTRAINT "DeskRequest_not_for_oneself" CHECK ("accountId" <> "requesterId" AND "accountId" IS DISTINCT FROM "approverId"),
    CONSTRAINT "DeskRequest_approved_first" CHECK ("carriedOutAt" IS NULL OR ("approvedAt" IS NOT NULL AND "approverId" IS NOT NULL))
);
CREATE INDEX "DeskRequest_accountId_idx" ON "DeskRequest"("accountId");
CREATE INDEX "DeskRequest_expiresAt_idx" ON "DeskRequest"("expiresAt");
ALTER TABLE "DeskRequest" ADD CONSTRAINT "DeskRequest_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Good once, for a quarter of an hour and with the password, to add one method.
CREATE TABLE "AccessPass" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "requestId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "openedAt" TIMESTAMPTZ(3),
    "tokenHash" TEXT,
    "usedAt" TIMESTAMPTZ(3),
    CONSTRAINT "AccessPass_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "AccessPass_requestId_key" ON "AccessPass"("requestId");
CREATE UNIQUE INDEX "AccessPass_tokenHash_key" ON "AccessPass"("tokenHash");
CREATE INDEX "AccessPass_accountId_idx" ON "AccessPass"("accountId");
CREATE INDEX "AccessPass_expiresAt_idx" ON "AccessPass"("expiresAt");
ALTER TABLE "AccessPass" ADD CONSTRAINT "AccessPass_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
