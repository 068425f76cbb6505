"""What the database does around protected names: PL/pgSQL of the triggers on sources and their protected names.

The functions that they call (``sources_sought``, ``sources_names`` …) are in the migration ``0005_protected_names``.
"""

from factdesk.constraints import refuse

#: Taken shared by whoever writes free text, alone by whoever begins to keep a name: neither misses the other.
LOCK = "hashtextextended('sources_protectedname', 0)"

FORGET_DECLARES = [("names", "text[]")]
#: A source becomes protected. What it was called leaves its history: every event of it says what it says now; so does a
#: reason that held one of its names, and the tie to a duplicate, whose own name would tell. The planner's statistics
#: hold samples of names, and the application may read them: they are made anew.
FORGET = """
SELECT array_agg(DISTINCT told.name) INTO names FROM (
    SELECT unnest(array_append(OLD.aliases::text[], OLD.name::text)) AS name WHERE OLD.identity = 'named'
    UNION ALL SELECT unnest(array_append(e.aliases::text[], e.name::text)) FROM sources_sourceevent e
    WHERE e.pgh_obj_id = NEW.id AND e.identity = 'named'
) told WHERE told.name <> NEW.name;
UPDATE sources_sourceevent e
SET name = NEW.name, aliases = NEW.aliases, description = NEW.description, key = NEW.key, merged_into_id = NULL,
    pgh_context = CASE WHEN sources_names(e.pgh_context ->> 'why', sources_sought(names), sources_hint(names))
                       THEN e.pgh_context - 'why' ELSE e.pgh_context END
WHERE e.pgh_obj_id = NEW.id;
UPDATE sources_sourceevent SET merged_into_id = NULL WHERE merged_into_id = NEW.id;
ANALYZE sources_source, sources_sourceevent;
RETURN NULL;
"""

#: A name begins to be kept. Whoever is writing free text is waited for; whoever comes later sees the name.
SEEK = f"""
NEW.other_names := coalesce(NEW.other_names, '{{}}');
IF NEW.protection_id IS NULL OR coalesce(NEW.real_name, '') !~ '\\S' OR NEW.contact IS NULL
    OR array_position(NEW.other_names, NULL) IS NOT NULL THEN
    {refuse("protectedname_is_not_blank", "The real name of a protected source is not blank.")}
END IF;
PERFORM pg_advisory_xact_lock({LOCK});
UPDATE sources_namesguard SET names = names + 1;
NEW.sought := sources_sought(array_prepend(NEW.real_name::text, NEW.other_names::text[]));
NEW.hint := sources_hint(array_prepend(NEW.real_name::text, NEW.other_names::text[]));
IF EXISTS (
    SELECT FROM sources_protectedidentity i JOIN sources_source s ON s.id = i.source_id
    WHERE i.id = NEW.protection_id AND sources_names(
        concat_ws(' 0 ', i.terms, s.name, s.description, s.key, array_to_string(s.aliases, ' 0 ')),
        NEW.sought, NEW.hint)
) THEN
    {refuse("protectedname_is_not_public", "The name still stands in the source itself, or in its terms.")}
END IF;
RETURN NEW;
"""
