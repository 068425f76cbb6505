"""Origins, by one SQL definition: which origin hops of a claim are not independent of each other, and why.

``claims_origin_tie``      pairs of origin hops of one claim and stance that are not independent, with the reasons
``claims_origin``          every origin hop with the origin that it belongs to, rulings applied (DOMAIN.md §3)
``claims_origin_summary``  what is kept on the claim: the count of independent origins, and the warnings
"""

from django.db import migrations

TIE = """
CREATE VIEW claims_origin_tie AS
SELECT c.id AS claim_id, t.first, t.second, t.reasons
FROM claims_claim c CROSS JOIN LATERAL (
    WITH RECURSIVE hop AS MATERIALIZED (
        SELECT a.id, CASE a.stance WHEN 'reports' THEN 'asserts' ELSE a.stance END AS stance,
            root.id AS source, coalesce(body.merged_into_id, body.id) AS speaks_for,
            a.said_on, a.document_id, a.passage_id,
            root.identity = 'named' AND a.basis IN ('witnessed', 'took_part') AS named_eyewitness
        FROM claims_attribution a
        JOIN sources_source speaker ON speaker.id = a.speaker_id
        JOIN sources_source root ON root.id = coalesce(speaker.merged_into_id, speaker.id)
        LEFT JOIN sources_source body ON body.id = a.speaks_for_id
        WHERE a.claim_id = c.id AND a.relays_id IS NULL AND a.withdrawn_at IS NULL
    ),
    -- Whose voice a hop is: its speaker's, whom it speaks for, and all who own these.
    voice AS (
        SELECT id AS hop, stance, source AS body, 'self' AS how FROM hop
        UNION
        SELECT id, stance, speaks_for, 'speaks_for' FROM hop WHERE speaks_for IS NOT NULL
        UNION
        SELECT v.hop, v.stance, coalesce(owner.merged_into_id, owner.id), 'owner'
        FROM (SELECT id AS hop, stance, source AS body FROM hop
              UNION SELECT id, stance, speaks_for FROM hop WHERE speaks_for IS NOT NULL) v
        CROSS JOIN LATERAL (
            WITH RECURSIVE up (body) AS (
                SELECT v.body
                UNION
                SELECT coalesce(o.merged_into_id, o.id)
                FROM up
                JOIN sources_source m ON m.id = up.body OR m.merged_into_id = up.body
                JOIN sources_source o ON o.id = m.owner_id
            )
            SELECT body FROM up WHERE body <> v.body
        ) above
        JOIN sources_source owner ON owner.id = above.body
        UNION
        -- A member speaks for the body on that day, or on an unknown day; a named eyewitness speaks for nobody else.
        SELECT h.id, h.stance, coalesce(org.merged_into_id, org.id), 'member'
        FROM hop h
        JOIN sources_source m ON m.id = h.source OR m.merged_into_id = h.source
        JOIN sources_affiliation f ON f.source_id = m.id
        JOIN sources_source org ON org.id = f.organization_id
        WHERE NOT h.named_eyewitness AND f.withdrawn_at IS NULL
        AND (h.said_on IS NULL
             OR (coalesce(f.since, h.said_on) <= h.said_on AND coalesce(f.until, h.said_on) >= h.said_on))
    ),
    said AS MATERIALIZED (
        SELECT h.id, h.stance, h.document_id, substr(s.text, p.start + 1, p."end" - p.start) AS words
        FROM hop h JOIN sources_passage p ON p.id = h.passage_id JOIN sources_snapshot s ON s.id = p.snapshot_id
        WHERE s.text IS NOT NULL AND (SELECT count(*) FROM hop) > 1
    ),
    reason AS (
        SELECT a.hop AS first, b.hop AS second, a.body AS through,
            CASE WHEN a.how = 'self' AND b.how = 'self' THEN 'same_source'
                 WHEN 'owner' IN (a.how, b.how) THEN 'same_owner'
                 WHEN 'member' IN (a.how, b.how) OR a.how = b.how THEN 'same_body'
                 ELSE 'speaks_for' END AS reason
        FROM voice a JOIN voice b ON a.stance = b.stance AND a.body = b.body AND a.hop < b.hop
        UNION
        SELECT a.id, b.id, NULL, 'same_words'
        FROM said a JOIN said b ON a.stance = b.stance AND a.id < b.id AND a.document_id <> b.document_id
        WHERE similarity(a.words, b.words) >= 0.8
    )
    SELECT first, second,
        jsonb_agg(jsonb_build_object('reason', reason, 'through', through) ORDER BY reason, through) AS reasons
    FROM reason GROUP BY first, second
) t;
"""

TIE_KEY = """
CREATE FUNCTION claims_tie_key(first bigint, second bigint, reasons jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
-- The digest of what a ruling about two origins looked at: the two hops, and why they count as one (if they do).
    SELECT encode(sha256(convert_to(concat_ws('|', first, second, coalesce(reasons, '[]'::jsonb)::text), 'UTF8')),
                  'hex')
$$;
CREATE FUNCTION claims_origin_key(one bigint, other bigint) RETURNS text LANGUAGE sql STABLE AS $$
-- The key for a ruling about these two origin hops as the record stands now; NULL where they are not one claim's.
    SELECT claims_tie_key(a.id, b.id, t.reasons)
    FROM claims_attribution a JOIN claims_attribution b ON b.claim_id = a.claim_id AND a.id < b.id
    LEFT JOIN claims_origin_tie t ON t.claim_id = a.claim_id AND t.first = a.id AND t.second = b.id
    WHERE a.id = least(one, other) AND b.id = greatest(one, other)
$$;
"""

ORIGIN = """
CREATE VIEW claims_origin AS
SELECT c.id AS claim_id, o.attribution_id, o.stance, o.origin, o.reasons
FROM claims_claim c CROSS JOIN LATERAL (
    WITH RECURSIVE hop AS MATERIALIZED (
        SELECT id, CASE stance WHEN 'reports' THEN 'asserts' ELSE stance END AS stance
        FROM claims_attribution
        WHERE claim_id = c.id AND relays_id IS NULL AND withdrawn_at IS NULL
    ),
    ruled AS (
        SELECT DISTINCT ON (first_id, second_id) first_id AS first, second_id AS second, decision, key
        FROM claims_ruling WHERE claim_id = c.id AND about = 'origins'
        ORDER BY first_id, second_id, id DESC
    ),
    weighed AS (
        SELECT first, second, t.reasons,
            CASE WHEN r.key = claims_tie_key(first, second, t.reasons) THEN r.decision END AS ruling
        FROM (SELECT * FROM claims_origin_tie WHERE claim_id = c.id AND (SELECT count(*) FROM hop) > 1) t FULL JOIN ruled r USING (first, second)
    ),
    edge AS MATERIALIZED (
        SELECT w.first, w.second, CASE WHEN w.ruling IS NULL THEN w.reasons
            ELSE jsonb_build_array(jsonb_build_object('reason', 'ruling', 'through', NULL)) END AS reasons
        FROM weighed w JOIN hop a ON a.id = w.first JOIN hop b ON b.id = w.second AND b.stance = a.stance
        WHERE w.ruling = 'one_origin' OR (w.ruling IS NULL AND w.reasons IS NOT NULL)
    ),
    reach (id, other) AS (
        SELECT id, id FROM hop
        UNION
        SELECT r.id, CASE r.other WHEN e.first THEN e.second ELSE e.first END
        FROM reach r JOIN edge e ON r.other IN (e.first, e.second)
    )
    SELECT h.id AS attribution_id, h.stance, (SELECT min(other) FROM reach r WHERE r.id = h.id) AS origin,
        coalesce((
            SELECT jsonb_agg(why || jsonb_build_object('with', CASE h.id WHEN e.first THEN e.second ELSE e.first END)
                             ORDER BY e.first, e.second)
            FROM edge e CROSS JOIN LATERAL jsonb_array_elements(e.reasons) why WHERE h.id IN (e.first, e.second)
        ), '[]'::jsonb) AS reasons
    FROM hop h
) o;
"""

SUMMARY = """
CREATE VIEW claims_origin_summary AS
SELECT c.id AS claim_id, coalesce(o.origins, 0)::integer AS independent_origins,
    array_remove(ARRAY[
        CASE WHEN o.unnamed THEN 'only_unnamed_origins' END,
        CASE WHEN o.origins = 1 AND c.kind IN ('allegation', 'event') THEN 'single_origin' END,
        CASE WHEN o.hearsay AND NOT o.first_hand THEN 'second_hand_origin' END,
        CASE WHEN o.own_voice THEN 'no_source_given' END,
        CASE WHEN g.plural_from_one THEN 'plural_from_one' END
    ], NULL)::varchar(20)[] AS warnings
FROM claims_claim c
CROSS JOIN LATERAL (
    SELECT count(DISTINCT v.origin) AS origins,
        bool_and(root.identity IN ('unnamed', 'unstated')) AS unnamed,
        bool_or(a.basis = 'told_by_others') AS hearsay,
        bool_or(a.basis IN ('witnessed', 'took_part', 'official_records', 'document_seen')) AS first_hand,
        bool_or(a.manner = 'own_voice') AS own_voice
    FROM claims_origin v
    JOIN claims_attribution a ON a.id = v.attribution_id
    JOIN sources_source speaker ON speaker.id = a.speaker_id
    JOIN sources_source root ON root.id = coalesce(speaker.merged_into_id, speaker.id)
    WHERE v.claim_id = c.id AND v.stance = 'asserts'
) o
CROSS JOIN LATERAL (
    SELECT bool_or(grp.headcount = 1 OR (one.kind = 'person' AND origin.speaks_for_id IS DISTINCT FROM grp.id))
        AS plural_from_one
    FROM (SELECT speaker_id, relays_id FROM claims_attribution
          WHERE claim_id = c.id AND withdrawn_at IS NULL OFFSET 0) a
    CROSS JOIN LATERAL (
        SELECT root.id, root.headcount FROM sources_source speaker
        JOIN sources_source root ON root.id = coalesce(speaker.merged_into_id, speaker.id)
        WHERE speaker.id = a.speaker_id AND root.kind = 'group' OFFSET 0) grp
    LEFT JOIN claims_attribution origin ON origin.id = a.relays_id
    LEFT JOIN sources_source one ON one.id = origin.speaker_id
) g;
"""

REFRESH = """
CREATE FUNCTION claims_refresh_origins(touched bigint[]) RETURNS void LANGUAGE plpgsql AS $$
-- Bring the kept columns of these claims in line with the view. The rows are locked by a statement of its own first,
-- so that the one which computes sees whatever a writer who held them before has committed.
BEGIN
    IF touched IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM claims_claim WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    UPDATE claims_claim c SET independent_origins = s.independent_origins, warnings = s.warnings
    FROM claims_origin_summary s
    WHERE c.id = ANY (touched) AND s.claim_id = c.id
    AND (c.independent_origins, c.warnings) IS DISTINCT FROM (s.independent_origins, s.warnings);
END $$;
"""

SOURCES_CHANGED = """
CREATE FUNCTION claims_sources_changed(changed bigint[], regroups boolean, warns boolean) RETURNS void
LANGUAGE plpgsql AS $$
-- These sources changed in a way that may regroup origins (their identity, owner, merge, members) or that editors are
-- warned of. One such change at a time; no hop can be added meanwhile to a source that it reaches. It never waits for
-- a claim: what others hold, and whatever is past the first thousand, is left to the job.
DECLARE
    reached bigint[];
    touched bigint[];
    free bigint[];
BEGIN
    IF changed IS NULL OR NOT (regroups OR warns) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('claims_sources_changed'));
    WITH RECURSIVE down (id) AS (
        SELECT unnest(changed)
        UNION
        SELECT n.id FROM down d CROSS JOIN LATERAL (
            SELECT id FROM sources_source WHERE merged_into_id = d.id
            UNION ALL SELECT merged_into_id FROM sources_source WHERE id = d.id AND merged_into_id IS NOT NULL
            UNION ALL SELECT id FROM sources_source WHERE owner_id = d.id
            UNION ALL SELECT source_id FROM sources_affiliation WHERE organization_id = d.id
        ) n
    )
    SELECT array_agg(id) INTO reached FROM down;
    PERFORM FROM sources_source WHERE id = ANY (reached) ORDER BY id FOR UPDATE;
    SELECT array_agg(DISTINCT claim_id) INTO touched FROM claims_attribution
        WHERE (speaker_id = ANY (reached) OR speaks_for_id = ANY (reached)) AND withdrawn_at IS NULL;
    IF cardinality(touched) <= 1000 THEN
        SELECT array_agg(id) INTO free FROM (
            SELECT id FROM claims_claim WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) held;
    END IF;
    INSERT INTO claims_originspending (claim_id, warns)
    SELECT id, warns FROM unnest(touched) id WHERE id <> ALL (coalesce(free, '{}'))
    ON CONFLICT (claim_id) DO UPDATE SET warns = claims_originspending.warns OR EXCLUDED.warns;
    IF regroups THEN
        PERFORM claims_refresh_origins(free);
    END IF;
    IF warns THEN
        PERFORM claims_warn_of_source(free);
    END IF;
END $$;
CREATE FUNCTION claims_warn_of_source(touched bigint[]) RETURNS void LANGUAGE sql AS $$
    UPDATE claims_claim SET source_changed = true
    WHERE id = ANY (touched) AND state IN ('in_review', 'signed_off') AND NOT source_changed
$$;
CREATE FUNCTION claims_refresh_pending(most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The job's share: refresh up to ``most`` claims that wait, oldest first. Returns how many it did.
DECLARE
    picked bigint[];
    warned bigint[];
BEGIN
    SELECT array_agg(claim_id), array_agg(claim_id) FILTER (WHERE warns) INTO picked, warned FROM (
        SELECT claim_id, warns FROM claims_originspending ORDER BY since, claim_id
        LIMIT most FOR UPDATE SKIP LOCKED) waiting;
    PERFORM claims_refresh_origins(picked);
    PERFORM claims_warn_of_source(warned);
    DELETE FROM claims_originspending WHERE claim_id = ANY (picked);
    RETURN coalesce(cardinality(picked), 0);
END $$;
"""

# The apps' arrows go from claims to sources, so what a change of a source does to claims is declared here.
SOURCE_TRIGGERS = """
CREATE FUNCTION claims_on_source_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint[];
    handed_on boolean;
    regraded bigint[];
BEGIN
    -- EXECUTE, so that each statement is planned for the rows that it has (see claims/models/parts.py).
    EXECUTE $joined$
        SELECT array_agg(DISTINCT reached.id), bool_or(
            (o.owner_id, o.merged_into_id) IS DISTINCT FROM (n.owner_id, n.merged_into_id))
        FROM old_rows o JOIN new_rows n USING (id)
        CROSS JOIN LATERAL (VALUES (n.id), (o.merged_into_id), (n.merged_into_id)) reached (id)
        WHERE reached.id IS NOT NULL AND (o.identity, o.owner_id, o.merged_into_id, o.kind, o.headcount)
            IS DISTINCT FROM (n.identity, n.owner_id, n.merged_into_id, n.kind, n.headcount)
    $joined$ INTO changed, handed_on;
    EXECUTE $joined$
        SELECT array_agg(n.id) FROM old_rows o JOIN new_rows n USING (id)
        WHERE o.reliability IS DISTINCT FROM n.reliability
    $joined$ INTO regraded;
    PERFORM claims_sources_changed(changed, true, handed_on);
    PERFORM claims_sources_changed(regraded, false, true);
    RETURN NULL;
END $$;
CREATE TRIGGER claims_on_source_change AFTER UPDATE ON sources_source
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION claims_on_source_change();

CREATE FUNCTION claims_on_affiliation_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM claims_sources_changed((SELECT array_agg(DISTINCT source_id) FROM new_rows), true, false);
    RETURN NULL;
END $$;
CREATE TRIGGER claims_on_affiliation_insert AFTER INSERT ON sources_affiliation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_on_affiliation_insert();

CREATE FUNCTION claims_on_affiliation_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM claims_sources_changed((SELECT array_agg(DISTINCT source_id) FROM (
        SELECT source_id FROM old_rows UNION SELECT source_id FROM new_rows) either), true, false);
    RETURN NULL;
END $$;
CREATE TRIGGER claims_on_affiliation_update AFTER UPDATE ON sources_affiliation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION claims_on_affiliation_update();

CREATE FUNCTION claims_on_text_attached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM sources_passage WHERE snapshot_id = NEW.id ORDER BY id FOR UPDATE;
    PERFORM claims_refresh_origins((SELECT array_agg(DISTINCT a.claim_id) FROM claims_attribution a
        JOIN sources_passage p ON p.id = a.passage_id WHERE p.snapshot_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER claims_on_text_attached AFTER UPDATE ON sources_snapshot
    FOR EACH ROW WHEN (OLD.text IS NULL AND NEW.text IS NOT NULL) EXECUTE FUNCTION claims_on_text_attached();
"""

DROP_SOURCE_TRIGGERS = """
DROP TRIGGER claims_on_text_attached ON sources_snapshot;
DROP TRIGGER claims_on_affiliation_update ON sources_affiliation;
DROP TRIGGER claims_on_affiliation_insert ON sources_affiliation;
DROP TRIGGER claims_on_source_change ON sources_source;
DROP FUNCTION claims_on_text_attached();
DROP FUNCTION claims_on_affiliation_update();
DROP FUNCTION claims_on_affiliation_insert();
DROP FUNCTION claims_on_source_change();
"""

DROP_SOURCES_CHANGED = """
DROP FUNCTION claims_sources_changed(bigint[], boolean, boolean);
DROP FUNCTION claims_warn_of_source(bigint[]);
DROP FUNCTION claims_refresh_pending(integer);
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0003_rules")]

    operations = [
        migrations.RunSQL(TIE, "DROP VIEW claims_origin_tie;"),
        migrations.RunSQL(
            TIE_KEY,
            "DROP FUNCTION claims_origin_key(bigint, bigint); DROP FUNCTION claims_tie_key(bigint, bigint, jsonb);",
        ),
        migrations.RunSQL(ORIGIN, "DROP VIEW claims_origin;"),
        migrations.RunSQL(SUMMARY, "DROP VIEW claims_origin_summary;"),
        migrations.RunSQL(REFRESH, "DROP FUNCTION claims_refresh_origins(bigint[]);"),
        migrations.RunSQL(SOURCES_CHANGED, DROP_SOURCES_CHANGED),
        migrations.RunSQL(SOURCE_TRIGGERS, DROP_SOURCE_TRIGGERS),
    ]
