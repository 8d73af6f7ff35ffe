-- Every mailbox of an account by the form in which addresses are compared: one rule (emailKey in lib/accounts/rules.ts), and not
-- what the collation of a database makes of capitals. Addresses are stored normalised, so for rows from before lower() says the
-- same of all but capitals outside of ASCII.
ALTER TABLE "Account" ADD COLUMN "secondEmailKey" TEXT;
UPDATE "Account" SET "secondEmailKey" = lower("secondEmail") WHERE "secondEmail" IS NOT NULL;
ALTER TABLE "FormerAddress" ADD COLUMN "emailKey" TEXT;
UPDATE "FormerAddress" SET "emailKey" = lower("email");
ALTER TABLE "FormerAddress" ALTER COLUMN "emailKey" SET NOT NULL;

CREATE OR REPLACE FUNCTION is_mailbox_of(account UUID, email_key TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM "Account" a WHERE a."id" = account AND email_key IN (a."emailKey", a."secondEmailKey"))
        OR EXISTS (SELECT 1 FROM "FormerAddress" f WHERE f."accountId" = account AND f."emailKey" = email_key)
$$;
