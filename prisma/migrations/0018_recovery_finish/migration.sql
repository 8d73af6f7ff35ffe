-- Whose budgets a recovery spends (docs/decisions/0034), and the number that somebody typed, sealed, until it was looked
-- at: by nobody who waits for an answer.
ALTER TABLE "Recovery"
    ADD COLUMN "lane" TEXT NOT NULL DEFAULT 'password',
    ADD COLUMN "numberAskedSealed" TEXT;
UPDATE "Recovery" SET "lane" = CASE WHEN "beganWith" LIKE 'desk%' THEN 'desk' ELSE "beganWith" END;
ALTER TABLE "Recovery" ALTER COLUMN "lane" DROP DEFAULT;
CREATE INDEX "Recovery_number_asked" ON "Recovery"("createdAt") WHERE "numberAskedSealed" IS NOT NULL;

-- Which contact gave a code: whoever vouches no more when it is judged gave none.
ALTER TABLE "RecoverySecret" ADD COLUMN "contactId" UUID;

-- Whether somebody reads a mailbox of this account under this address: the first, the second, or one that it had until now.
CREATE FUNCTION is_mailbox_of(account UUID, email_key TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM "Account" a WHERE a."id" = account
                   AND email_key IN (a."emailKey", lower(a."secondEmail")))
        OR EXISTS (SELECT 1 FROM "FormerAddress" f WHERE f."accountId" = account AND lower(f."email") = email_key)
$$;

-- Whether a recovery contact vouches for whoever named them: accepted so long ago, with Two-Step Verification, not recovered
-- within that time, and with a mailbox that is none of the account's own.
CREATE FUNCTION contact_vouches(contact UUID, age_ms DOUBLE PRECISION) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM "RecoveryContact" c JOIN "Account" v ON v."id" = c."contactId"
        WHERE c."id" = contact AND c."acceptedAt" <= now() - age_ms * interval '1 millisecond'
          AND v."twoStepOnAt" IS NOT NULL
          AND (v."recoveredAt" IS NULL OR v."recoveredAt" <= now() - age_ms * interval '1 millisecond')
          AND NOT is_mailbox_of(c."accountId", c."emailKey") AND NOT is_mailbox_of(c."accountId", v."emailKey"))
$$;
