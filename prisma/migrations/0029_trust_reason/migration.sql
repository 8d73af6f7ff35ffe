-- Why trust ended stands at each device (0007), where it is read; at the account nobody reads it any more.
-- Stop the old instances first: they still write this column when the trust of an account's devices ends.
ALTER TABLE "Account" DROP COLUMN "trustEndedBecause";
