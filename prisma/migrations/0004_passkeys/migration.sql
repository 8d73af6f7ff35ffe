-- A passkey is found by its credential id before anybody said who they are. SHA-256 of the id; the id itself is sealed
-- with the rest. One row in the whole site, removed ones too: an id is made anew by every authenticator.
ALTER TABLE "Method" ADD COLUMN "credential" TEXT;
CREATE UNIQUE INDEX "Method_credential_key" ON "Method"("credential");

-- Challenges of the sign-in page are sealed and stand nowhere until they are answered; then here, so that none is
-- answered twice. SHA-256, until the challenge would be too old anyway.
CREATE TABLE "SpentChallenge" (
    "hash" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "SpentChallenge_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "SpentChallenge_expiresAt_idx" ON "SpentChallenge"("expiresAt");
