-- A code that was texted can be said by a call: its digits, sealed for this row, until it is used.
ALTER TABLE "Code" ADD COLUMN "sealed" TEXT;

CREATE FUNCTION code_forget() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW."sealed" := NULL;
    RETURN NEW;
END;
$$;
CREATE TRIGGER "Code_usedAt_forgets" BEFORE UPDATE OF "usedAt" ON "Code" FOR EACH ROW
    WHEN (OLD."usedAt" IS NULL AND NEW."usedAt" IS NOT NULL) EXECUTE FUNCTION code_forget();

-- When the owner of a number was told that messages do not reach it; null while they do.
ALTER TABLE "Method" ADD COLUMN "warnedAt" TIMESTAMPTZ(3);
CREATE INDEX "Method_warnedAt_idx" ON "Method"("warnedAt");
-- What failed lately, for the look at the numbers it was meant for.
CREATE INDEX "Message_failedAt_idx" ON "Message"("failedAt");

-- How much is left of budgets, and for one that is used up when there is something again. Reads only, with the slots of
-- limit_spend (0001): what it says is left, limit_spend gives.
CREATE FUNCTION limit_left(p_keys TEXT[], p_max INTEGER[], p_window_ms BIGINT[], p_now TIMESTAMPTZ)
RETURNS TABLE (n INTEGER, units INTEGER, retry_at TIMESTAMPTZ) LANGUAGE plpgsql STABLE AS $$
DECLARE
    now_ms BIGINT := floor(extract(epoch FROM p_now) * 1000);
    k INTEGER;
    slot_ms BIGINT;
    current_slot BIGINT;
    shift BIGINT;
    row_slot BIGINT;
    row_counts INTEGER[];
    used INTEGER;
    freed INTEGER;
BEGIN
    FOR n IN SELECT s FROM generate_subscripts(p_keys, 1) AS s LOOP
        units := p_max[n];
        retry_at := NULL;
        SELECT l."slot", l."counts" INTO row_slot, row_counts FROM "Limit" l WHERE l."key" = p_keys[n];
        IF FOUND THEN
            slot_ms := greatest(p_window_ms[n] / 12, 1);
            current_slot := now_ms / slot_ms;
            shift := greatest(current_slot - row_slot, 0);
            current_slot := row_slot + shift;
            IF shift >= 13 THEN
                row_counts := array_fill(0, ARRAY[13]);
            ELSIF shift > 0 THEN
                row_counts := array_fill(0, ARRAY[shift::INTEGER]) || row_counts[1:(13 - shift)];
            END IF;
            SELECT sum(c) INTO used FROM unnest(row_counts) AS c;
            units := greatest(p_max[n] - used, 0);
            IF units = 0 THEN
                freed := 0;
                FOR k IN REVERSE 13..1 LOOP
                    freed := freed + row_counts[k];
                    IF used - freed < p_max[n] THEN
                        retry_at := to_timestamp(((current_slot - (k - 1) + 13) * slot_ms) / 1000.0);
                        EXIT;
                    END IF;
                END LOOP;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
