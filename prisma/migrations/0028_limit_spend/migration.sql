-- limit_spend (0001, 0027) looked four times for every key: to have a row, to lock it, to move its slots and to count. It
-- looks twice: what makes the rows locks and reads them, so that no sweep comes in between, and what counts moves the slots
-- as well. Refused, it moves and counts nothing, for a slot that was not moved yet is moved by whoever counts next.
CREATE OR REPLACE FUNCTION limit_spend(p_keys TEXT[], p_max INTEGER[], p_window_ms BIGINT[], p_now TIMESTAMPTZ)
RETURNS TABLE (refused TEXT, retry_at TIMESTAMPTZ) LANGUAGE plpgsql AS $$
DECLARE
    now_ms BIGINT := floor(extract(epoch FROM p_now) * 1000);
    held RECORD;
    k INTEGER;
    slot_ms BIGINT;
    current_slot BIGINT;
    shift BIGINT;
    row_counts INTEGER[];
    used INTEGER;
    freed INTEGER;
    free_at TIMESTAMPTZ;
    -- What is written of each row, in the order of `places`; thirteen counts of each, one after the other.
    places INTEGER[] := ARRAY[]::INTEGER[];
    slots BIGINT[] := ARRAY[]::BIGINT[];
    counts_of_all INTEGER[] := ARRAY[]::INTEGER[];
BEGIN
    -- In the order of their keys, as everybody locks them. An update that changes nothing locks and gives back the row.
    FOR held IN
        INSERT INTO "Limit" AS l ("key", "slot", "counts", "expiresAt")
        SELECT p_keys[n], 0, array_fill(0, ARRAY[13]), p_now + p_window_ms[n] * interval '2 milliseconds'
        FROM generate_subscripts(p_keys, 1) AS n WHERE n = array_position(p_keys, p_keys[n]) ORDER BY p_keys[n]
        ON CONFLICT ("key") DO UPDATE SET "key" = excluded."key"
        RETURNING array_position(p_keys, l."key") AS place, l."slot", l."counts"
    LOOP
        slot_ms := greatest(p_window_ms[held.place] / 12, 1);
        -- counts[1] is the current slot; move what is older to the right. A clock that went back moves nothing.
        shift := greatest(now_ms / slot_ms - held."slot", 0);
        current_slot := held."slot" + shift;
        row_counts := CASE
            WHEN shift >= 13 THEN array_fill(0, ARRAY[13])
            WHEN shift > 0 THEN array_fill(0, ARRAY[shift::INTEGER]) || held."counts"[1:(13 - shift)]
            ELSE held."counts" END;

        SELECT sum(c) INTO used FROM unnest(row_counts) AS c;
        IF used >= p_max[held.place] THEN
            -- The moment at which enough of the oldest slots have left the window.
            freed := 0;
            FOR k IN REVERSE 13..1 LOOP
                freed := freed + row_counts[k];
                IF used - freed < p_max[held.place] THEN
                    free_at := to_timestamp(((current_slot - (k - 1) + 13) * slot_ms) / 1000.0);
                    EXIT;
                END IF;
            END LOOP;
            IF retry_at IS NULL OR free_at > retry_at THEN
                refused := p_keys[held.place];
                retry_at := free_at;
            END IF;
        END IF;

        row_counts[1] := row_counts[1] + 1;
        places := places || held.place;
        slots := slots || current_slot;
        counts_of_all := counts_of_all || row_counts;
    END LOOP;

    IF refused IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    UPDATE "Limit" l
    SET "slot" = s."slot", "counts" = counts_of_all[(s.n * 13 - 12):(s.n * 13)],
        "expiresAt" = p_now + p_window_ms[s.place] * interval '2 milliseconds'
    FROM unnest(places, slots) WITH ORDINALITY AS s(place, "slot", n)
    WHERE l."key" = p_keys[s.place];
    RETURN;
END
$$;
