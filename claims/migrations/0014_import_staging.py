"""Where a file of claims waits while it is judged: temporary tables that a function of the owner makes.

The application's role may make no temporary objects (``factdesk.history.faults``), and need not: the door makes these
and no others, empty, gone with the transaction. ``n`` is a record's number in the file; ``speaker_id`` and the like
hold the number of a mention (``s``, ``d``) until it is known which source or document that is.
"""

from django.db import migrations

OPEN = """
CREATE FUNCTION claims_open_import() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SET LOCAL client_min_messages = warning;
    DROP TABLE IF EXISTS pg_temp.import_claim, pg_temp.import_quantity, pg_temp.import_attribution,
        pg_temp.import_evidence, pg_temp.import_accusation, pg_temp.import_source, pg_temp.import_document,
        pg_temp.import_problem, pg_temp.import_there;
    CREATE TEMP TABLE import_claim ON COMMIT DROP AS
        SELECT 0::bigint AS n, 0::bigint AS line, id, key, kind, statement, topics, place, about_from, about_until,
            priority FROM public.claims_claim WITH NO DATA;
    CREATE TEMP TABLE import_quantity ON COMMIT DROP AS
        SELECT 0::bigint AS n, id, claim_id, base_id, measure, comparator, value, upper, margin, unit, population,
            place, period, period_from, period_until, base_is, vintage, as_worded, note
        FROM public.claims_quantity WITH NO DATA;
    CREATE TEMP TABLE import_attribution ON COMMIT DROP AS
        SELECT 0::bigint AS n, id, claim_id, relays_id, relays_depth, speaker_id, document_id, speaks_for_id, stance,
            manner, certainty, hedge, basis, link, said_on, terms, note
        FROM public.claims_attribution WITH NO DATA;
    CREATE TEMP TABLE import_evidence ON COMMIT DROP AS
        SELECT 0::bigint AS n, id, claim_id, document_id, spoken_to_id, stance, directness, how, spoken_at, read_back,
            outcome, credibility, note
        FROM public.claims_evidence WITH NO DATA;
    CREATE TEMP TABLE import_accusation ON COMMIT DROP AS
        SELECT 0::bigint AS n, id, claim_id, accused_id, outcome, reply, replied_at, known_position, legal_status,
            legal_status_on, privilege, note
        FROM public.claims_accusation WITH NO DATA;
    CREATE TEMP TABLE import_source ON COMMIT DROP AS
        SELECT 0::bigint AS s, 0::bigint AS n, 0::bigint AS line, ''::text AS path, 0::bigint AS own,
            0::bigint AS fresh, false AS made, id, key, kind, name, description, aliases, identity, headcount
        FROM public.sources_source WITH NO DATA;
    CREATE TEMP TABLE import_document ON COMMIT DROP AS
        SELECT 0::bigint AS d, 0::bigint AS n, 0::bigint AS line, ''::text AS path, 0::bigint AS own,
            0::bigint AS fresh, false AS made, id, key, publisher_id, kind, title, publisher_read_from, bylines,
            bylines_read_from, published_on, published_on_read_from, url, held_at, language, embargo_until,
            restricted, note
        FROM public.sources_document WITH NO DATA;
    CREATE TEMP TABLE import_problem (n bigint, line bigint, path text, code text, message text) ON COMMIT DROP;
    CREATE TEMP TABLE import_there (n bigint, line bigint, key text, same boolean) ON COMMIT DROP;
    CREATE INDEX ON import_claim (n);
    CREATE INDEX ON import_quantity (n);
    CREATE INDEX ON import_attribution (n);
    CREATE INDEX ON import_evidence (n);
    CREATE INDEX ON import_accusation (n);
    CREATE INDEX ON import_problem (n);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON import_claim, import_quantity, import_attribution, '
        'import_evidence, import_accusation, import_source, import_document, import_problem, import_there TO %I',
        session_user);
END
$$;
CREATE FUNCTION claims_weigh_import() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CREATE UNIQUE INDEX ON import_source (s);
    CREATE UNIQUE INDEX ON import_document (d);
    ANALYZE import_claim, import_quantity, import_attribution, import_evidence, import_accusation, import_source,
        import_document, import_problem;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0013_a_tick_against_backing")]

    operations = [
        migrations.RunSQL(OPEN, "DROP FUNCTION claims_open_import(); DROP FUNCTION claims_weigh_import();"),
    ]
