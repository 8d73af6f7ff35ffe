-- A second address, and what holds after a recovery.
ALTER TABLE "Account"
    ADD COLUMN "secondEmail" TEXT,
    ADD COLUMN "secondEmailSince" TIMESTAMPTZ(3),
    ADD COLUMN "recoveredAt" TIMESTAMPTZ(3),
    ADD COLUMN "mustSetUpSince" TIMESTAMPTZ(3);

CREATE TABLE "Recovery" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "linkHash" TEXT NOT NULL,
    "linkSealed" TEXT NOT NULL,
    "stopHash" TEXT NOT NULL,
    "caseNumber" TEXT NOT NULL,
    "beganWith" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "lastAnswer" TEXT,
    "lastAnswerAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "contactAskedAt" TIMESTAMPTZ(3),
    "numberSealed" TEXT,
    "startedAt" TIMESTAMPTZ(3),
    "waitMs" BIGINT,
    "noticeIds" UUID[] NOT NULL DEFAULT ARRAY[]::UUID[],
    "noticedAt" TIMESTAMPTZ(3),
    "readyAt" TIMESTAMPTZ(3),
    "nextNoticeAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "endedBecause" TEXT,
    "endToldAt" TIMESTAMPTZ(3),
    CONSTRAINT "Recovery_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Recovery_tokenHash_key" ON "Recovery"("tokenHash");
CREATE UNIQUE INDEX "Recovery_linkHash_key" ON "Recovery"("linkHash");
CREATE UNIQUE INDEX "Recovery_stopHash_key" ON "Recovery"("stopHash");
CREATE UNIQUE INDEX "Recovery_caseNumber_key" ON "Recovery"("caseNumber");
CREATE INDEX "Recovery_accountId_idx" ON "Recovery"("accountId");
CREATE INDEX "Recovery_expiresAt_idx" ON "Recovery"("expiresAt");
CREATE INDEX "Recovery_nextNoticeAt_idx" ON "Recovery"("nextNoticeAt");
-- At most one that waits, whatever two requests do at the same moment.
CREATE UNIQUE INDEX "Recovery_one_active" ON "Recovery"("accountId") WHERE "startedAt" IS NOT NULL AND "endedAt" IS NULL;
ALTER TABLE "Recovery" ADD CONSTRAINT "Recovery_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "RecoveryProof" (
    "recoveryId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "provenAt" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT,
    CONSTRAINT "RecoveryProof_pkey" PRIMARY KEY ("recoveryId", "kind")
);
ALTER TABLE "RecoveryProof" ADD CONSTRAINT "RecoveryProof_recoveryId_fkey" FOREIGN KEY ("recoveryId") REFERENCES "Recovery"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "RecoverySecret" (
    "id" UUID NOT NULL,
    "recoveryId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),
    CONSTRAINT "RecoverySecret_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "RecoverySecret_recoveryId_idx" ON "RecoverySecret"("recoveryId");
CREATE INDEX "RecoverySecret_expiresAt_idx" ON "RecoverySecret"("expiresAt");
ALTER TABLE "RecoverySecret" ADD CONSTRAINT "RecoverySecret_recoveryId_fkey" FOREIGN KEY ("recoveryId") REFERENCES "Recovery"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "RecoveryContact" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "emailKey" TEXT NOT NULL,
    "contactId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "acceptedAt" TIMESTAMPTZ(3),
    CONSTRAINT "RecoveryContact_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "RecoveryContact_accountId_emailKey_key" ON "RecoveryContact"("accountId", "emailKey");
CREATE INDEX "RecoveryContact_emailKey_idx" ON "RecoveryContact"("emailKey");
CREATE INDEX "RecoveryContact_contactId_idx" ON "RecoveryContact"("contactId");
ALTER TABLE "RecoveryContact" ADD CONSTRAINT "RecoveryContact_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "RecoveryContact" ADD CONSTRAINT "RecoveryContact_contactId_fkey" FOREIGN KEY ("contactId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "FormerRecoveryCode" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "lookup" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "replacedAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "FormerRecoveryCode_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "FormerRecoveryCode_accountId_lookup_idx" ON "FormerRecoveryCode"("accountId", "lookup");
CREATE INDEX "FormerRecoveryCode_replacedAt_idx" ON "FormerRecoveryCode"("replacedAt");
ALTER TABLE "FormerRecoveryCode" ADD CONSTRAINT "FormerRecoveryCode_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "FormerNumber" (
    "accountId" UUID NOT NULL,
    "identity" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "removedAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "FormerNumber_pkey" PRIMARY KEY ("accountId", "identity")
);
CREATE INDEX "FormerNumber_removedAt_idx" ON "FormerNumber"("removedAt");
ALTER TABLE "FormerNumber" ADD CONSTRAINT "FormerNumber_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A number that is removed, whichever statement does it, stays known by its hash when it was held for long enough.
CREATE FUNCTION number_is_former() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "FormerNumber" ("accountId", "identity", "since", "removedAt")
    VALUES (NEW."accountId", NEW."identity", NEW."createdAt", NEW."removedAt")
    ON CONFLICT ("accountId", "identity") DO UPDATE SET "removedAt" = EXCLUDED."removedAt";
    RETURN NEW;
END
$$;
CREATE TRIGGER "Method_number_is_former" AFTER UPDATE OF "removedAt" ON "Method" FOR EACH ROW
    WHEN (OLD."removedAt" IS NULL AND NEW."removedAt" IS NOT NULL AND NEW."kind" = 'phone' AND NEW."identity" IS NOT NULL)
    EXECUTE FUNCTION number_is_former();

-- A sign-in with a second step ends a recovery that waits, whichever way it went: whoever has a working method needs
-- none, and whoever has none cannot do it. Its notices are the loop's to send.
CREATE FUNCTION recovery_ends_by_sign_in() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    WITH ended AS (
        UPDATE "Recovery" SET "endedAt" = now(), "endedBecause" = 'signed-in'
        WHERE "accountId" = NEW."accountId" AND "startedAt" IS NOT NULL AND "endedAt" IS NULL
        RETURNING "accountId", "caseNumber")
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
    SELECT "accountId", 'recovery-ended', NEW."createdAt", NEW."address", NEW."browser",
           jsonb_build_object('case', "caseNumber"), NEW."id"
    FROM ended;
    RETURN NEW;
END
$$;
CREATE TRIGGER "Session_ends_recovery" AFTER INSERT ON "Session" FOR EACH ROW
    WHEN (NEW."methodKind" IS NOT NULL) EXECUTE FUNCTION recovery_ends_by_sign_in();

-- What is looked for again and again: notices that are due, waits that may begin, ends that nobody was told of.
CREATE INDEX "Recovery_untold" ON "Recovery"("endedAt") WHERE "startedAt" IS NOT NULL AND "endToldAt" IS NULL;
