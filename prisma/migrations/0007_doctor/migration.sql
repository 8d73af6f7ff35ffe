-- The code doctor: time steps that a hint spoke of, which are never accepted any more (docs/decisions/0020).
ALTER TABLE "Method" ADD COLUMN "burntSteps" BIGINT[] DEFAULT ARRAY[]::BIGINT[];
ALTER TABLE "Enrolment" ADD COLUMN "burntSteps" BIGINT[] DEFAULT ARRAY[]::BIGINT[];

-- What a fresh proof was asked for and is good for, and what was typed when it had run out (docs/decisions/0019).
ALTER TABLE "SignInAttempt" ADD COLUMN "action" TEXT;
ALTER TABLE "Session" ADD COLUMN "provenFor" TEXT;
ALTER TABLE "Session" ADD COLUMN "kept" TEXT;

-- Why a code is asked on this browser, and since when.
ALTER TABLE "SignInAttempt" ADD COLUMN "reasonAt" TIMESTAMPTZ(3);
ALTER TABLE "Device" ADD COLUMN "trustEndedAt" TIMESTAMPTZ(3);
ALTER TABLE "Device" ADD COLUMN "trustEndedBecause" TEXT;

-- Recovery codes that were shown and that nobody has said they saved (docs/decisions/0021).
ALTER TABLE "RecoveryCode" ADD COLUMN "unsavedSince" TIMESTAMPTZ(3);
