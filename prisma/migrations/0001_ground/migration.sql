-- The ground: accounts, methods, sign-ins, sessions, devices, messages, budgets and events.

CREATE TABLE "Account" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "emailKey" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "passwordChangedAt" TIMESTAMPTZ(3) NOT NULL,
    "twoStepOnAt" TIMESTAMPTZ(3),
    "failuresInRow" INTEGER NOT NULL DEFAULT 0,
    "lockedUntil" TIMESTAMPTZ(3),
    "trustEndedAt" TIMESTAMPTZ(3),
    "trustEndedBecause" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Account_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Method" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "identity" TEXT,
    "counter" BIGINT,
    "label" TEXT NOT NULL DEFAULT '',
    "position" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastUsedAt" TIMESTAMPTZ(3),
    "provenAt" TIMESTAMPTZ(3),
    "disabledAt" TIMESTAMPTZ(3),
    "removedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Method_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Enrolment" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "sessionId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "identity" TEXT,
    "tries" INTEGER NOT NULL,
    "lastAnswer" TEXT,
    "lastAnswerAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Enrolment_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "SignInAttempt" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "accountId" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "sessionId" UUID,
    "methodId" UUID,
    "reason" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "lastAnswer" TEXT,
    "lastAnswerAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "SignInAttempt_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Code" (
    "id" UUID NOT NULL,
    "ownerId" UUID NOT NULL,
    "methodId" UUID,
    "messageId" UUID NOT NULL,
    "letter" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "sentAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Code_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Session" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "accountId" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "provenAt" TIMESTAMPTZ(3),
    "methodKind" TEXT,
    "address" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "reveal" TEXT,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Device" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "trustedAt" TIMESTAMPTZ(3),
    "trustedUntil" TIMESTAMPTZ(3),

    CONSTRAINT "Device_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "RecoveryCode" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "lookup" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "RecoveryCode_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "MailLink" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "accountId" UUID,
    "emailKey" TEXT NOT NULL,
    "data" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "usedAt" TIMESTAMPTZ(3),

    CONSTRAINT "MailLink_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Message" (
    "id" UUID NOT NULL,
    "accountId" UUID,
    "channel" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "content" TEXT,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "provider" TEXT,
    "providerId" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "nextTryAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "handedOverAt" TIMESTAMPTZ(3),
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Limit" (
    "key" TEXT NOT NULL,
    "slot" BIGINT NOT NULL,
    "counts" INTEGER[],
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Limit_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "Event" (
    "id" BIGSERIAL NOT NULL,
    "accountId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "browser" TEXT NOT NULL,
    "facts" JSONB NOT NULL,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "Account_emailKey_key" ON "Account"("emailKey");
CREATE INDEX "Method_accountId_position_idx" ON "Method"("accountId", "position");
CREATE UNIQUE INDEX "Enrolment_accountId_kind_key" ON "Enrolment"("accountId", "kind");
CREATE INDEX "Enrolment_expiresAt_idx" ON "Enrolment"("expiresAt");
CREATE UNIQUE INDEX "SignInAttempt_tokenHash_key" ON "SignInAttempt"("tokenHash");
CREATE INDEX "SignInAttempt_accountId_idx" ON "SignInAttempt"("accountId");
CREATE INDEX "SignInAttempt_expiresAt_idx" ON "SignInAttempt"("expiresAt");
CREATE UNIQUE INDEX "Code_ownerId_letter_key" ON "Code"("ownerId", "letter");
CREATE INDEX "Code_expiresAt_idx" ON "Code"("expiresAt");
CREATE UNIQUE INDEX "Session_tokenHash_key" ON "Session"("tokenHash");
CREATE INDEX "Session_accountId_createdAt_idx" ON "Session"("accountId", "createdAt");
CREATE INDEX "Session_lastSeenAt_idx" ON "Session"("lastSeenAt");
CREATE UNIQUE INDEX "Device_tokenHash_key" ON "Device"("tokenHash");
CREATE INDEX "Device_accountId_trustedUntil_idx" ON "Device"("accountId", "trustedUntil");
CREATE INDEX "Device_lastSeenAt_idx" ON "Device"("lastSeenAt");
CREATE UNIQUE INDEX "RecoveryCode_accountId_number_key" ON "RecoveryCode"("accountId", "number");
CREATE UNIQUE INDEX "MailLink_tokenHash_key" ON "MailLink"("tokenHash");
CREATE INDEX "MailLink_accountId_idx" ON "MailLink"("accountId");
CREATE INDEX "MailLink_emailKey_idx" ON "MailLink"("emailKey");
CREATE INDEX "MailLink_expiresAt_idx" ON "MailLink"("expiresAt");
CREATE INDEX "Message_nextTryAt_idx" ON "Message"("nextTryAt");
CREATE INDEX "Message_createdAt_idx" ON "Message"("createdAt");
CREATE INDEX "Limit_expiresAt_idx" ON "Limit"("expiresAt");
CREATE INDEX "Event_accountId_id_idx" ON "Event"("accountId", "id");
CREATE INDEX "Event_at_idx" ON "Event"("at");

ALTER TABLE "Method" ADD CONSTRAINT "Method_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Enrolment" ADD CONSTRAINT "Enrolment_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "SignInAttempt" ADD CONSTRAINT "SignInAttempt_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Session" ADD CONSTRAINT "Session_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Device" ADD CONSTRAINT "Device_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "RecoveryCode" ADD CONSTRAINT "RecoveryCode_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "MailLink" ADD CONSTRAINT "MailLink_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Event" ADD CONSTRAINT "Event_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Budgets. Spends from several budgets at once, all of them or none, and never more than `max` in any window:
-- a window is kept in twelve slots, and the oldest slot counts whole until it has left the window entirely.
-- Rows are locked in the order of their keys, so two requests can never wait for each other.
-- Returns the first budget that is used up and when to come back, or no row when everything was spent.
CREATE FUNCTION limit_spend(p_keys TEXT[], p_max INTEGER[], p_window_ms BIGINT[], p_now TIMESTAMPTZ)
RETURNS TABLE (refused TEXT, retry_at TIMESTAMPTZ) LANGUAGE plpgsql AS $$
DECLARE
    now_ms BIGINT := floor(extract(epoch FROM p_now) * 1000);
    order_of INTEGER[];
    i INTEGER;
    k INTEGER;
    slot_ms BIGINT;
    current_slot BIGINT;
    shift BIGINT;
    row_slot BIGINT;
    row_counts INTEGER[];
    used INTEGER;
    freed INTEGER;
    slots BIGINT[] := ARRAY[]::BIGINT[];
    is_refused BOOLEAN := FALSE;
BEGIN
    SELECT array_agg(n ORDER BY p_keys[n]) INTO order_of FROM generate_subscripts(p_keys, 1) AS n;

    INSERT INTO "Limit" ("key", "slot", "counts", "expiresAt")
    SELECT p_keys[n], 0, array_fill(0, ARRAY[13]), p_now + p_window_ms[n] * interval '2 milliseconds'
    FROM unnest(order_of) AS n
    ON CONFLICT ("key") DO NOTHING;

    FOREACH i IN ARRAY order_of LOOP
        slot_ms := greatest(p_window_ms[i] / 12, 1);
        current_slot := now_ms / slot_ms;
        SELECT l."slot", l."counts" INTO row_slot, row_counts FROM "Limit" l WHERE l."key" = p_keys[i] FOR UPDATE;
        IF NOT FOUND THEN
            -- Swept between the two statements: begin it anew.
            INSERT INTO "Limit" ("key", "slot", "counts", "expiresAt")
            VALUES (p_keys[i], current_slot, array_fill(0, ARRAY[13]), p_now)
            ON CONFLICT ("key") DO UPDATE SET "key" = excluded."key"
            RETURNING "slot", "counts" INTO row_slot, row_counts;
        END IF;

        -- counts[1] is the current slot; move what is older to the right. A clock that went back moves nothing.
        shift := greatest(current_slot - row_slot, 0);
        current_slot := row_slot + shift;
        IF shift >= 13 THEN
            row_counts := array_fill(0, ARRAY[13]);
        ELSIF shift > 0 THEN
            row_counts := array_fill(0, ARRAY[shift::INTEGER]) || row_counts[1:(13 - shift)];
        END IF;

        SELECT sum(c) INTO used FROM unnest(row_counts) AS c;
        IF used >= p_max[i] AND NOT is_refused THEN
            is_refused := TRUE;
            refused := p_keys[i];
            -- The moment at which enough of the oldest slots have left the window.
            freed := 0;
            FOR k IN REVERSE 13..1 LOOP
                freed := freed + row_counts[k];
                IF used - freed < p_max[i] THEN
                    retry_at := to_timestamp(((current_slot - (k - 1) + 13) * slot_ms) / 1000.0);
                    EXIT;
                END IF;
            END LOOP;
        END IF;

        UPDATE "Limit" l
        SET "slot" = current_slot, "counts" = row_counts,
            "expiresAt" = p_now + p_window_ms[i] * interval '2 milliseconds'
        WHERE l."key" = p_keys[i];
        slots[i] := current_slot;
    END LOOP;

    IF is_refused THEN
        RETURN NEXT;
        RETURN;
    END IF;

    UPDATE "Limit" SET "counts"[1] = "counts"[1] + 1 WHERE "key" = ANY (p_keys);
    RETURN;
END
$$;

-- Gives back one unit that was spent before the comparison and turned out not to be a failure.
CREATE FUNCTION limit_give_back(p_keys TEXT[]) RETURNS VOID LANGUAGE sql AS $$
    WITH locked AS (SELECT "key" FROM "Limit" WHERE "key" = ANY (p_keys) ORDER BY "key" FOR UPDATE)
    UPDATE "Limit" l
    SET "counts" = (
        SELECT array_agg(CASE WHEN c.n = first_used.n THEN c.v - 1 ELSE c.v END ORDER BY c.n)
        FROM unnest(l."counts") WITH ORDINALITY AS c(v, n),
             (SELECT min(u.n) AS n FROM unnest(l."counts") WITH ORDINALITY AS u(v, n) WHERE u.v > 0) AS first_used
    )
    FROM locked WHERE l."key" = locked."key" AND 0 < ANY (l."counts");
$$;

-- How long an account's second step waits after this many wrong ones in a row (numbers.failuresInRow).
CREATE FUNCTION failure_wait_ms(p_failures INTEGER, p_step INTEGER, p_waits BIGINT[]) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_failures > 0 AND p_failures % p_step = 0
        THEN p_waits[least(p_failures / p_step, array_length(p_waits, 1))] END
$$;
