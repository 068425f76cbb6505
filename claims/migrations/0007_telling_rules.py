"""The SQL behind notices and closing pages: which must claims are open, whom to tell, and what falls due."""

from django.db import migrations

OPEN_MUST = """
CREATE VIEW claims_open_must AS
-- The must claims of a piece that are open and of which nobody has decided how they go out (rule 14).
SELECT DISTINCT p.id AS piece_id, c.id AS claim_id
FROM claims_piece p
JOIN claims_attribution a ON a.document_id = p.document_id AND a.withdrawn_at IS NULL
JOIN claims_claim c ON c.id = a.claim_id
WHERE c.priority = 'must' AND c.state IN ('new', 'in_check', 'in_review')
AND NOT EXISTS (SELECT FROM claims_usage u WHERE u.claim_id = c.id AND u.document_id = p.document_id
    AND u.withdrawn_at IS NULL AND u.went_out_open IS NOT NULL);
"""

TELL = """
CREATE FUNCTION claims_tell(whom bigint, what text, claim bigint, piece bigint, actor bigint, happened text)
RETURNS integer LANGUAGE sql AS $$
-- Tell somebody who is of the desk, once of each thing, and never of what they did themselves. Returns how many notices.
    WITH told AS (
        INSERT INTO claims_notice (created_at, person_id, about, claim_id, piece_id, by_id, key)
        SELECT clock_timestamp(), u.id, what, claim, piece, actor, happened FROM people_user u
        WHERE u.id = whom AND u.is_active AND u.id IS DISTINCT FROM actor
        AND NOT EXISTS (SELECT FROM claims_noticeswitch s
            WHERE s.person_id = u.id AND s.about = what AND NOT s.in_desk AND NOT s.by_mail)
        ON CONFLICT (person_id, key) DO NOTHING
        RETURNING 1)
    SELECT count(*)::integer FROM told
$$;
"""

TELL_DUE = """
CREATE FUNCTION claims_tell_due(ahead interval) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The job's share, once a minute: replies whose deadline comes within ``ahead`` or has passed, embargoes that ended,
-- pages that close within ``ahead`` or should have, with a must claim open. Returns how many notices it wrote.
DECLARE
    moment timestamptz := clock_timestamp();
    told integer;
    written integer := 0;
BEGIN
    SELECT coalesce(sum(claims_tell(concerned.id, 'reply_due', a.claim_id, NULL, NULL,
        format('%s:%s', CASE WHEN r.deadline > moment THEN 'reply-soon' ELSE 'reply-passed' END, r.id))), 0) INTO told
    FROM claims_replyrequest r JOIN claims_accusation a ON a.id = r.accusation_id
    JOIN claims_claim c ON c.id = a.claim_id CROSS JOIN LATERAL (VALUES (r.by_id), (c.assignee_id)) concerned (id)
    WHERE r.deadline BETWEEN moment - interval '7 days' AND moment + ahead
    AND a.outcome IN ('waiting', 'no_answer') AND a.exempt IS NULL AND a.withdrawn_at IS NULL;
    written := written + told;

    SELECT coalesce(sum(claims_tell(concerned.id, 'embargo_ended', c.id, NULL, NULL,
        format('embargo:%s:%s:%s', d.id, c.id, extract(epoch FROM d.embargo_until)::bigint))), 0) INTO told
    FROM sources_document d
    JOIN LATERAL (
        SELECT claim_id FROM claims_attribution WHERE document_id = d.id AND withdrawn_at IS NULL
        UNION SELECT claim_id FROM claims_evidence WHERE document_id = d.id AND withdrawn_at IS NULL) rests ON true
    JOIN claims_claim c ON c.id = rests.claim_id AND c.state = 'signed_off' AND c.clearance IN ('hold', 'not_cleared')
    CROSS JOIN LATERAL (
        SELECT c.assignee_id
        UNION (SELECT by_id FROM claims_clearance WHERE claim_id = c.id AND NOT automatic ORDER BY id DESC LIMIT 1)
    ) concerned (id)
    WHERE d.embargo_until BETWEEN moment - interval '7 days' AND moment AND NOT claims_under_embargo(c.id);
    written := written + told;

    SELECT coalesce(sum(claims_tell(concerned.id, 'page_closes', NULL, p.id, NULL, format('%s:%s:%s',
        CASE WHEN p.page_closes_at > moment THEN 'page-soon' ELSE 'page-overdue' END, p.id,
        extract(epoch FROM p.page_closes_at)::bigint))), 0) INTO told
    FROM claims_piece p CROSS JOIN LATERAL (
        SELECT unnest(ARRAY[p.author_id, p.editor_id, p.checker_id, p.second_reader_id])
        UNION SELECT id FROM people_user WHERE role = 'chief' AND p.page_closes_at <= moment
    ) concerned (id)
    WHERE p.closed_at IS NULL AND p.page_closes_at <= moment + ahead
    AND EXISTS (SELECT FROM claims_open_must o WHERE o.piece_id = p.id);
    RETURN written + told;
END $$;
"""

TELL_REVIEWS = """
CREATE FUNCTION claims_tell_reviews(today date) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The job's share, every hour: what was signed off to be looked at again by a day that has come is marked so, once, and
-- its author, its signers and whoever has it are told. ``today`` is the desk's. Returns how many claims.
DECLARE
    found record;
    done integer := 0;
BEGIN
    FOR found IN
        SELECT c.id AS claim_id, a.id AS finding_id FROM claims_assessment a
        JOIN claims_claim c ON c.id = a.claim_id AND c.state = 'signed_off' AND c.revision = a.revision
        WHERE a.review_by <= today AND a.id = claims_present_assessment(c.id)
        AND NOT EXISTS (SELECT FROM claims_reviewdue d WHERE d.assessment_id = a.id)
        ORDER BY c.id LIMIT 1000 FOR NO KEY UPDATE OF c SKIP LOCKED
    LOOP
        UPDATE claims_claim SET look_again = true WHERE id = found.claim_id AND NOT look_again;
        INSERT INTO claims_reviewdue (assessment_id, since) VALUES (found.finding_id, clock_timestamp());
        PERFORM claims_tell(concerned.id, 'review_due', found.claim_id, NULL, NULL,
            format('review:%s', found.finding_id))
        FROM (
            SELECT assignee_id FROM claims_claim WHERE id = found.claim_id
            UNION SELECT author_id FROM claims_assessment WHERE id = found.finding_id
            UNION SELECT by_id FROM claims_signoff WHERE assessment_id = found.finding_id AND decision = 'approve'
        ) concerned (id);
        done := done + 1;
    END LOOP;
    RETURN done;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_printing_and_telling")]

    operations = [
        migrations.RunSQL(OPEN_MUST, "DROP VIEW claims_open_must;"),
        migrations.RunSQL(TELL, "DROP FUNCTION claims_tell(bigint, text, bigint, bigint, bigint, text);"),
        migrations.RunSQL(TELL_DUE, "DROP FUNCTION claims_tell_due(interval);"),
        migrations.RunSQL(TELL_REVIEWS, "DROP FUNCTION claims_tell_reviews(date);"),
    ]
