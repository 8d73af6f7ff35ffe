-- The session in which something happened, so that "This wasn't me" can end just that one. No foreign key: an event
-- outlives its session.
ALTER TABLE "Event" ADD COLUMN "sessionId" UUID;

-- "Only what concerns signing in": the newest of each kind, whatever else happened in between.
CREATE INDEX "Event_accountId_kind_id_idx" ON "Event"("accountId", "kind", "id");

-- What happened stays as it was written (docs/decisions/0017). Nobody changes an event; one goes only with its account
-- or at the end of numbers.sweep.keepEvents. A day less than that, because the sweep goes by the site's clock and this
-- by the database's; a test holds the two together.
CREATE FUNCTION event_keep_days() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS $$ SELECT 364 $$;

CREATE FUNCTION event_is_kept() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD."at" <= now() - event_keep_days() * interval '24 hours' THEN
            RETURN OLD;
        END IF;
        -- Within the cascade of a deleted account its row is gone already; nothing else makes this true, because the
        -- foreign key holds.
        IF NOT EXISTS (SELECT 1 FROM "Account" a WHERE a."id" = OLD."accountId") THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the log of events is append-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "Event_append_only" BEFORE UPDATE OR DELETE ON "Event"
    FOR EACH ROW EXECUTE FUNCTION event_is_kept();
CREATE TRIGGER "Event_never_truncated" BEFORE TRUNCATE ON "Event"
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_kept();

-- Records a wrong password without letting a guesser fill the log: the tally of the last day counts every one, an event
-- is written for the first from an address and for each tenth power, and never more than the budgets in `p_keys` allow.
-- The same statements run for an address without an account (p_account null), so that the time tells nothing.
CREATE FUNCTION wrong_password_note(
    p_account UUID, p_session UUID, p_tally TEXT, p_tally_window_ms BIGINT,
    p_keys TEXT[], p_max INTEGER[], p_window_ms BIGINT[],
    p_now TIMESTAMPTZ, p_address TEXT, p_browser TEXT, p_facts JSONB
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    tally BIGINT;
    is_spent BOOLEAN;
BEGIN
    PERFORM limit_spend(ARRAY[p_tally], ARRAY[2147483647], ARRAY[p_tally_window_ms], p_now);
    SELECT sum(c) INTO tally FROM "Limit" l, unnest(l."counts") AS c WHERE l."key" = p_tally;
    is_spent := NOT EXISTS (SELECT 1 FROM limit_spend(p_keys, p_max, p_window_ms, p_now));
    IF p_account IS NULL OR NOT (is_spent OR tally IN (10, 100, 1000, 10000)) THEN
        RETURN FALSE;
    END IF;
    INSERT INTO "Event" ("accountId", "kind", "at", "address", "browser", "facts", "sessionId")
    SELECT a."id", 'wrong-password', p_now, p_address, p_browser, p_facts || jsonb_build_object('count', tally), p_session
    FROM "Account" a WHERE a."id" = p_account;
    RETURN FOUND;
END
$$;

-- Told once an attempt: the password was right and the second step was not.
ALTER TABLE "SignInAttempt" ADD COLUMN "toldAt" TIMESTAMPTZ(3);

-- An address that was the account's own is still told for a while: whoever changes it cannot silence what follows.
CREATE TABLE "FormerAddress" (
    "id" UUID NOT NULL,
    "accountId" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "toldUntil" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "FormerAddress_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "FormerAddress_accountId_idx" ON "FormerAddress"("accountId");
CREATE INDEX "FormerAddress_toldUntil_idx" ON "FormerAddress"("toldUntil");
ALTER TABLE "FormerAddress" ADD CONSTRAINT "FormerAddress_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "Account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Tokens that a trusted browser had before: one that comes back was copied (docs/decisions/0018).
ALTER TABLE "Device" ADD COLUMN "rotatedAt" TIMESTAMPTZ(3);
CREATE TABLE "FormerToken" (
    "tokenHash" TEXT NOT NULL,
    "deviceId" UUID NOT NULL,
    "rotatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "FormerToken_pkey" PRIMARY KEY ("tokenHash")
);
CREATE INDEX "FormerToken_deviceId_idx" ON "FormerToken"("deviceId");
CREATE INDEX "FormerToken_rotatedAt_idx" ON "FormerToken"("rotatedAt");
ALTER TABLE "FormerToken" ADD CONSTRAINT "FormerToken_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Every rotation, whichever statement makes it. The moment is that of the use, which every such statement writes.
CREATE FUNCTION device_rotated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW."rotatedAt" := NEW."lastSeenAt";
    INSERT INTO "FormerToken" ("tokenHash", "deviceId", "rotatedAt")
    VALUES (OLD."tokenHash", OLD."id", NEW."lastSeenAt") ON CONFLICT ("tokenHash") DO NOTHING;
    RETURN NEW;
END
$$;
CREATE TRIGGER "Device_tokenHash_rotates" BEFORE UPDATE OF "tokenHash" ON "Device" FOR EACH ROW
    WHEN (OLD."tokenHash" IS DISTINCT FROM NEW."tokenHash") EXECUTE FUNCTION device_rotated();
