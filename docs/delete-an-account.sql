-- Deletes an account with everything of it, its log included. There is no way back, and nobody is told.
--   psql "$DATABASE_URL" -v email=somebody@example.com -f docs/delete-an-account.sql
BEGIN;
DELETE FROM "Message" WHERE "accountId" = (SELECT "id" FROM "Account" WHERE "emailKey" = lower(:'email'));
DELETE FROM "Account" WHERE "emailKey" = lower(:'email');
COMMIT;
