-- A method has waits of its own: wrong codes for it are not forgotten because another method of the account was right.
ALTER TABLE "Method" ADD COLUMN "waitsUntil" TIMESTAMPTZ(3);
