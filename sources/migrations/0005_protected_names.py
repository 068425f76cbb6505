"""Protected names: how a text that holds one is recognized, and where it is refused.

Two spellings are the same where they are the same after folding (``sources_folded``): compatibility forms and accents
(Unicode NFKD without combining marks), case, letters of other scripts that look Latin, white space, punctuation and
characters that nobody sees. It does not depend on the database's locale.
"""

import unicodedata

from django.db import migrations


def span(*edges: int) -> str:
    """A bracket expression's ranges, from pairs of code points."""
    return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in zip(edges[::2], edges[1::2], strict=True))


# Default_Ignorable_Code_Point (DerivedCoreProperties.txt) in short, and marks that are laid over letters: combining
# diacritical marks, Arabic and Hebrew points, the Arabic tatweel.
UNSEEN = span(
    0xAD, 0xAD, 0x300, 0x36F, 0x591, 0x5BD, 0x5BF, 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7, 0x5C7, 0x610, 0x61A,
    0x61C, 0x61C, 0x640, 0x640, 0x64B, 0x65F, 0x670, 0x670, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F,
    0x1AB0, 0x1AFF, 0x1DC0, 0x1DFF, 0x200B, 0x200F, 0x202A, 0x202E, 0x2060, 0x206F, 0x20D0, 0x20FF, 0x3164, 0x3164,
    0xFE00, 0xFE0F, 0xFE20, 0xFE2F, 0xFEFF, 0xFEFF, 0xFFA0, 0xFFA0, 0xE0000, 0xE0FFF,
)  # fmt: skip
# What stands between words: all of ASCII but letters and digits, and the punctuation, symbols and spaces beyond it.
APART = r"\x01-/:-@\[-`{-\x7f" + span(
    0x80, 0xA9, 0xAB, 0xB4, 0xB6, 0xB9, 0xBB, 0xBF, 0xD7, 0xD7, 0xF7, 0xF7, 0x2B0, 0x2FF, 0x37E, 0x37E, 0x387, 0x387,
    0x55A, 0x55F, 0x589, 0x58A, 0x5BE, 0x5BE, 0x5C0, 0x5C0, 0x5C3, 0x5C3, 0x5C6, 0x5C6, 0x5F3, 0x5F4, 0x606, 0x60F,
    0x61B, 0x61B, 0x61D, 0x61F, 0x66A, 0x66D, 0x6D4, 0x6D4, 0x964, 0x965, 0x1361, 0x1368, 0x1680, 0x1680,
    0x2000, 0x2BFF, 0x2E00, 0x2E7F, 0x3000, 0x3004, 0x3008, 0x3020, 0x3030, 0x3030, 0x303D, 0x303F, 0x30FB, 0x30FB,
    0xE000, 0xF8FF, 0xFE10, 0xFE1F, 0xFE30, 0xFE6F, 0xFF00, 0xFF0F, 0x1F000, 0x1FAFF,
)  # fmt: skip
# Scripts that put no space between words: Thai, Lao, Tibetan, Burmese, Hangul (whose particles cling), Khmer, Han, kana.
UNSPACED = span(
    0xE00, 0xEFF, 0xF00, 0x109F, 0x1100, 0x11FF, 0x1780, 0x17FF, 0x2E80, 0x2FDF, 0x3005, 0x3007, 0x3041, 0x30FA,
    0x30FC, 0x312F, 0x31F0, 0x31FF, 0x3400, 0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x3FFFF,
)  # fmt: skip

# Capitals of these blocks, which neither ASCII's lower() nor NFKD makes small.
CAPITALS = [
    chr(code)
    for first, last in ((0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x556), (0x10A0, 0x10C5))
    for code in range(first, last + 1)
    if len(chr(code).lower()) == 1 and chr(code).lower() != chr(code)
    and unicodedata.normalize("NFKD", chr(code)) == chr(code)
]  # fmt: skip
# Small letters that look Latin, or whose capital does (UTS #39, confusables), and what is written without their stroke.
ALIKE = {
    "авекмнорстухіјѕһԁԛԝӏ": "abekmhopctyxijshdqwl",
    "αβεζηικμνορτυχς": "abezhikmnoptyxσ",
    "øđłħŧðıȷɡɑ": "odlhtdijga",
}
LONG = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_alike = {plain: look for letters, looks in ALIKE.items() for plain, look in zip(letters, looks, strict=True)}
_lower = {capital: _alike.get(capital.lower(), capital.lower()) for capital in CAPITALS} | _alike
FROM, TO = "".join(_lower), "".join(_lower.values())

FOLDED = f"""
CREATE FUNCTION sources_folded(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
-- The words as names are compared by: small letters and digits, one space between words, one before and after.
DECLARE
    plain text COLLATE "C" := replace(words, '%20', ' ');
BEGIN
    IF octet_length(plain) > length(plain) THEN
        plain := regexp_replace(normalize(plain, NFKD), '[{UNSEEN}]+', '', 'g');
        IF plain ~ '[\\u00C0-\\u10FF]' THEN
            plain := translate(plain, '{FROM}', '{TO}');
            plain := {"".join("replace(" for _ in LONG)}plain{"".join(f", '{a}', '{b}')" for a, b in LONG.items())};
        END IF;
    END IF;
    IF strpos(plain, E'\\n') > 0 THEN  -- a word that is divided at the end of a line
        plain := regexp_replace(plain, '[-\\u2010][ \\t\\r]*\\n\\s*', '', 'g');
    END IF;
    RETURN ' ' || btrim(regexp_replace(lower(plain), '[{APART}]+', ' ', 'g')) || ' ';
END $$;
"""

SOUGHT = f"""
CREATE FUNCTION sources_forms(names text[]) RETURNS TABLE (word text, form text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- How each of these names may stand in a folded text, beside the longest word in it: as it is, in one, with its last
-- word first. In a script without spaces between words it need not stand apart. What is too short is not looked for.
    SELECT (SELECT part FROM regexp_split_to_table(name, ' ') part ORDER BY length(part) DESC, part LIMIT 1), each.form
    FROM (SELECT DISTINCT btrim(sources_folded(given)) COLLATE "C" AS name FROM unnest(names) given) named,
    LATERAL (
        SELECT ' ' || name || ' ' WHERE name !~ '[{UNSPACED}]'
        UNION SELECT ' ' || replace(name, ' ', '') || ' ' WHERE name !~ '[{UNSPACED}]'
        UNION SELECT ' ' || regexp_replace(name, '^(.*) ([^ ]+)$', '\\2 \\1') || ' ' WHERE name !~ '[{UNSPACED}]'
        UNION SELECT replace(name, ' ', '') WHERE name ~ '[{UNSPACED}]'
    ) each (form)
    WHERE length(replace(name, ' ', '')) >= CASE WHEN name ~ '[{UNSPACED}]' THEN 2 ELSE 4 END
$$;
CREATE FUNCTION sources_sought(names text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- Patterns (LIKE): a folded text holds one of these names where it is like one of them. They hold no wildcards but the
-- two at their ends, since folding leaves letters and digits only.
    SELECT coalesce(array_agg(DISTINCT '%' || form || '%'), '{{}}') FROM sources_forms(names)
$$;
CREATE FUNCTION sources_hint(names text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- Patterns (LIKE): a plain ASCII text on one line, in small letters, is like one of them, or holds none of these names.
    SELECT coalesce(array_agg(DISTINCT '%' || word || '%'), '{{}}') FROM sources_forms(names)
$$;
CREATE FUNCTION sources_names(words text, sought text[], hint text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
-- Whether these words hold one of the names that ``sought`` and ``hint`` were made of.
DECLARE
    plain text COLLATE "C";
BEGIN
    IF coalesce(words, '') = '' OR octet_length(words) = length(words) AND strpos(words, E'\\n') = 0
        AND NOT coalesce(lower(words COLLATE "C") LIKE ANY (hint), false) THEN
        RETURN false;
    END IF;
    plain := sources_folded(words);
    RETURN coalesce(plain LIKE ANY (sought), false)
        OR plain ~ '[{UNSPACED}]' AND coalesce(replace(plain, ' ', '') LIKE ANY (sought), false);
END $$;
"""

# Free text is looked at where it is written. The triggers are made by ``harden`` (factdesk.freetext), on every table.
KEEP = """
CREATE TABLE sources_namesguard (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), names bigint NOT NULL);
INSERT INTO sources_namesguard VALUES (true, 0);

CREATE FUNCTION sources_words(listed jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- All texts in it, kept apart by a word that is in no name.
    SELECT string_agg(told #>> '{}', ' 0 ') FROM jsonb_path_query(listed, 'strict $.**') told
    WHERE jsonb_typeof(told) = 'string'
$$;
CREATE FUNCTION sources_free_text(argument text, kind regtype) RETURNS text LANGUAGE sql IMMUTABLE AS $$
-- SQL for the words in a column of the row n. ``argument`` is ``column`` or ``column WHERE condition``.
    SELECT CASE WHEN argument ~ ' WHERE '
        THEN format('CASE WHEN %s THEN %s END', substr(argument, strpos(argument, ' WHERE ') + 7), said) ELSE said END
    FROM (SELECT format(
        CASE WHEN kind IN ('json', 'jsonb') THEN 'sources_words(n.%I::jsonb)'
             WHEN kind::text ~ '\\[\\]$' THEN 'array_to_string(n.%I, '' 0 '')' ELSE 'n.%I::text' END,
        split_part(argument, ' WHERE ', 1))) x (said)
$$;

CREATE FUNCTION sources_keep_names_secret() RETURNS trigger LANGUAGE plpgsql AS $$
-- After each statement on a table with free text: none of the new words holds a protected name, and neither does the
-- reason that history takes down. The arguments: the primary key, then the columns as sources_free_text reads them.
DECLARE
    sought text[]; hint text[]; listed text; found text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('sources_protectedname', 0));
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        PERFORM FROM sources_namesguard FOR SHARE;  -- fails where a name came after this transaction began to look
    END IF;
    SELECT array_agg(DISTINCT pattern) INTO sought FROM sources_protectedname p, unnest(p.sought) pattern;
    IF sought IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(DISTINCT pattern) INTO hint FROM sources_protectedname p, unnest(p.hint) pattern;
    IF sources_names(sources_words(
        coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}')::jsonb - '{name,user}'::text[]),
        sought, hint) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'text_names_a_protected_source',
            MESSAGE = 'The reason holds a name that is protected. Write it without the name.';
    END IF;
    SELECT string_agg(format('(%L, %s, %s)', a.attname, sources_free_text(t.argument, a.atttypid::regtype),
        CASE TG_OP WHEN 'INSERT' THEN 'true' ELSE format('n.%1$I IS DISTINCT FROM o.%1$I', a.attname) END), ', ')
    INTO listed FROM unnest(TG_ARGV) WITH ORDINALITY t (argument, place)
    JOIN pg_attribute a ON a.attrelid = TG_RELID AND a.attname = split_part(t.argument, ' WHERE ', 1)
    WHERE t.place > 1;
    IF listed IS NOT NULL THEN
        EXECUTE format(
            'SELECT c.name FROM new_rows n %s, LATERAL (VALUES %s) c (name, words, is_new)
             WHERE c.is_new AND sources_names(c.words, $1, $2) LIMIT 1',
            CASE TG_OP WHEN 'UPDATE' THEN format('JOIN old_rows o ON o.%1$I = n.%1$I', TG_ARGV[0]) END, listed)
        INTO found USING sought, hint;
    END IF;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'text_names_a_protected_source',
            MESSAGE = format('%s.%s holds a name that is protected. Write it without the name.', TG_TABLE_NAME, found);
    END IF;
    RETURN NULL;
END $$;
"""

PLACES = """
CREATE FUNCTION sources_places(sought text[], hint text[])
RETURNS TABLE (place_table text, place_column text, record bigint, in_history boolean) LANGUAGE plpgsql STABLE AS $$
-- Where a name stands in free text: table, column and the record's number (NULL where a table has none); the history of
-- a table beside it. Never the words.
DECLARE
    guarded record; listed text; kept text;
BEGIN
    FOR guarded IN
        SELECT c.oid AS source, c.relname::text AS name, to_regclass(c.relname || 'event') AS history,
            string_to_array(encode(t.tgargs, 'escape'), '\\000') AS arguments
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
        WHERE t.tgname = 'sources_keeps_names_secret_on_insert' ORDER BY c.relname
    LOOP
        SELECT string_agg(format('(%L, %s)', a.attname, sources_free_text(u.argument, a.atttypid::regtype)), ', '),
            string_agg(format('(%L, %s)', a.attname,
                sources_free_text(split_part(u.argument, ' WHERE ', 1), a.atttypid::regtype)), ', ')
                FILTER (WHERE u.argument !~ ' WHERE ' AND EXISTS (
                    SELECT FROM pg_attribute e WHERE e.attrelid = guarded.history AND e.attname = a.attname))
        INTO listed, kept FROM unnest(guarded.arguments) WITH ORDINALITY u (argument, place)
        JOIN pg_attribute a ON a.attrelid = guarded.source AND a.attname = split_part(u.argument, ' WHERE ', 1)
        WHERE u.place > 1;
        IF listed IS NOT NULL THEN
            RETURN QUERY EXECUTE format(
                'SELECT %L::text, c.name::text, %s, false FROM %I n, LATERAL (VALUES %s) c (name, words)
                 WHERE sources_names(c.words, $1, $2) ORDER BY 3, 2', guarded.name,
                CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = guarded.source
                    AND a.attname = guarded.arguments[1] AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype))
                THEN format('n.%I::bigint', guarded.arguments[1]) ELSE 'NULL::bigint' END, guarded.name, listed)
            USING sought, hint;
        END IF;
        IF guarded.history IS NOT NULL THEN
            RETURN QUERY EXECUTE format(
                'SELECT DISTINCT %L::text, c.name::text, %s, true FROM %s n,
                 LATERAL (VALUES %s) c (name, words) WHERE sources_names(c.words, $1, $2) ORDER BY 3, 2', guarded.name,
                CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = guarded.history
                    AND a.attname = 'pgh_obj_id' AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype))
                THEN 'n.pgh_obj_id::bigint' ELSE 'NULL::bigint' END, guarded.history,
                concat_ws(', ', kept, '(''why'', n.pgh_context ->> ''why'')'))
            USING sought, hint;
        END IF;
    END LOOP;
END $$;
"""

DOORS = """
CREATE FUNCTION sources_may_ask(protection bigint, person bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
-- Whether this person may ask for the name: a chief, or somebody who knows already.
    SELECT EXISTS (SELECT FROM people_user u WHERE u.id = person AND u.is_active AND (u.role = 'chief' OR EXISTS (
        SELECT FROM sources_knownto k
        WHERE k.protection_id = protection AND k.person_id = u.id AND k.withdrawn_at IS NULL)))
$$;
CREATE FUNCTION sources_name_is_kept(protection bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- Whether the desk keeps the name of this protected source.
    SELECT EXISTS (SELECT FROM sources_protectedname n WHERE n.protection_id = protection)
$$;
CREATE FUNCTION sources_places_of(protection bigint, person bigint)
RETURNS TABLE (place_table text, place_column text, record bigint, in_history boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- Where the name that is kept stands in free text, for those who may ask for it.
BEGIN
    IF NOT sources_may_ask(protection, person) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'This protected source is not known to that person.';
    END IF;
    RETURN QUERY SELECT p.* FROM sources_protectedname n, sources_places(n.sought, n.hint) p
        WHERE n.protection_id = protection;
END $$;
"""

TIES = """
ALTER TABLE sources_source ADD CONSTRAINT source_merged_with_its_like
    FOREIGN KEY (merged_into_id, merged_into_protected) REFERENCES sources_source (id, is_protected);
ALTER TABLE sources_protectedidentity ADD CONSTRAINT protectedidentity_is_of_a_protected_source
    FOREIGN KEY (source_id, in_force) REFERENCES sources_source (id, is_protected);
"""

SEEK_WHAT_IS_KEPT = """
UPDATE sources_protectedname SET sought = sources_sought(ARRAY[real_name]::text[]),
    hint = sources_hint(ARRAY[real_name]::text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("sources", "0004_secrecy")]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION sources_folded(text);"),
        migrations.RunSQL(
            SOUGHT,
            """DROP FUNCTION sources_names(text, text[], text[]); DROP FUNCTION sources_hint(text[]);
            DROP FUNCTION sources_sought(text[]); DROP FUNCTION sources_forms(text[]);""",
        ),
        migrations.RunSQL(
            KEEP,
            """DROP FUNCTION sources_keep_names_secret() CASCADE; DROP FUNCTION sources_free_text(text, regtype);
            DROP FUNCTION sources_words(jsonb); DROP TABLE sources_namesguard;""",
        ),
        migrations.RunSQL(PLACES, "DROP FUNCTION sources_places(text[], text[]);"),
        migrations.RunSQL(
            DOORS,
            """DROP FUNCTION sources_places_of(bigint, bigint); DROP FUNCTION sources_name_is_kept(bigint);
            DROP FUNCTION sources_may_ask(bigint, bigint);""",
        ),
        migrations.RunSQL(
            TIES,
            """ALTER TABLE sources_protectedidentity DROP CONSTRAINT protectedidentity_is_of_a_protected_source;
            ALTER TABLE sources_source DROP CONSTRAINT source_merged_with_its_like;""",
        ),
        migrations.RunSQL(SEEK_WHAT_IS_KEPT, migrations.RunSQL.noop),
    ]
