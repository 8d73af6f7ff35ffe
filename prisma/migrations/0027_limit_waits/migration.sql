-- limit_spend (0001) says when to come back. Of several budgets that are used up it said so of the first one by its name;
-- it is the one that lasts longest, or whoever comes back then is sent away once more.
CREATE OR REPLACE FUNCTION limit_spend(p_keys TEXT[], p_max INTEGER[], p_window_ms BIGINT[], p_now TIMESTAMPTZ)
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
    free_at TIMESTAMPTZ;
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
        IF used >= p_max[i] THEN
            is_refused := TRUE;
            -- The moment at which enough of the oldest slots have left the window.
            freed := 0;
            FOR k IN REVERSE 13..1 LOOP
                freed := freed + row_counts[k];
                IF used - freed < p_max[i] THEN
                    free_at := to_timestamp(((current_slot - (k - 1) + 13) * slot_ms) / 1000.0);
                    EXIT;
                END IF;
            END LOOP;
            IF retry_at IS NULL OR free_at > retry_at THEN
                refused := p_keys[i];
                retry_at := free_at;
            END IF;
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
