-- The language in which messages to a person are written; null until they signed in or chose one (docs/decisions/0030).
ALTER TABLE "Account" ADD COLUMN "language" TEXT;
