"""The SQL that the guards share: chains that end, what a change touches, what is decided, who is owed a reply."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

CHAINS_END = """
ALTER TABLE claims_attribution ADD CONSTRAINT attribution_relays_within_its_claim
    FOREIGN KEY (claim_id, relays_id, relays_depth) REFERENCES claims_attribution (claim_id, id, depth)
    ON UPDATE CASCADE;
"""

AUTHOR_IS_THE_AUTHOR = """
ALTER TABLE claims_signoff ADD CONSTRAINT signoff_author_is_the_author
    FOREIGN KEY (assessment_id, author_id) REFERENCES claims_assessment (id, author_id);
"""

DECLARED = """
CREATE FUNCTION claims_declared(field text) RETURNS text LANGUAGE sql STABLE AS $$
-- What the application declared of the present transaction (factdesk.context): user, why, way.
    SELECT nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> field
$$;
"""

DECIDED = """
CREATE FUNCTION claims_is_decided(claim bigint, at_revision integer) RETURNS boolean LANGUAGE sql STABLE AS $$
-- Whether somebody has judged this very revision: then a further change is a new one, even in the same transaction.
    SELECT EXISTS (SELECT FROM claims_assessment WHERE claim_id = claim AND revision = at_revision)
$$;
"""

PRESENT = """
CREATE FUNCTION claims_present_assessment(claim bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
-- The finding to decide on: the newest, if it is on the present revision and nobody has sent the claim back or reopened
-- it since. After that a finding is proposed again, so approvals of the old one count no more.
    SELECT a.id FROM claims_assessment a JOIN claims_claim c ON c.id = a.claim_id AND c.revision = a.revision
    WHERE c.id = claim
    AND a.id = (SELECT max(id) FROM claims_assessment WHERE claim_id = claim)
    AND NOT EXISTS (SELECT FROM claims_transition t WHERE t.claim_id = claim AND t.action IN ('send_back', 'reopen')
        AND t.created_at > a.created_at)
$$;
"""

EFFECTIVE = """
CREATE FUNCTION claims_effective_assessment(claim bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
-- Rule 6: the present assessment, if it has its approvals and was not sent back.
    SELECT a.id FROM claims_assessment a
    WHERE a.id = claims_present_assessment(claim)
    AND NOT EXISTS (SELECT FROM claims_signoff s WHERE s.assessment_id = a.id AND s.decision = 'send_back')
    AND (SELECT count(*) FROM claims_signoff s WHERE s.assessment_id = a.id AND s.decision = 'approve')
        >= a.approvals_needed
$$;
"""

OWES_REPLY = """
CREATE FUNCTION claims_owes_reply(claim bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
-- Rule 8: somebody accused has not replied or declined, is not exempt, and no deadline given to them has passed.
    SELECT EXISTS (SELECT FROM claims_accusation a
        WHERE a.claim_id = claim AND a.withdrawn_at IS NULL AND a.exempt IS NULL
        AND a.outcome NOT IN ('replied', 'declined')
        AND NOT EXISTS (SELECT FROM claims_replyrequest r
            WHERE r.accusation_id = a.id AND r.deadline < clock_timestamp()))
$$;
"""

UNDER_EMBARGO = """
CREATE FUNCTION claims_under_embargo(claim bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM claims_attribution a JOIN sources_document d ON d.id = a.document_id
        WHERE a.claim_id = claim AND a.withdrawn_at IS NULL AND d.embargo_until > clock_timestamp())
    OR EXISTS (SELECT FROM claims_evidence e JOIN sources_document d ON d.id = e.document_id
        WHERE e.claim_id = claim AND e.withdrawn_at IS NULL AND d.embargo_until > clock_timestamp())
$$;
"""

EMBARGOED = """
CREATE FUNCTION claims_hold_embargoed(touched bigint[]) RETURNS void LANGUAGE sql AS $$
-- What was cleared and rests on material that is under embargo now falls to hold (rule 8).
    INSERT INTO claims_clearance (claim_id, revision, value, automatic, note)
    SELECT id, revision, 'hold', true, 'Fell to hold: it rests on material that is under embargo.'
    FROM claims_claim
    WHERE id = ANY (touched) AND clearance NOT IN ('not_cleared', 'hold', 'legal_hold') AND claims_under_embargo(id)
$$;
CREATE FUNCTION claims_on_embargo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM claims_hold_embargoed((SELECT array_agg(claim_id) FROM (
        SELECT claim_id FROM claims_attribution WHERE document_id = NEW.id AND withdrawn_at IS NULL
        UNION SELECT claim_id FROM claims_evidence WHERE document_id = NEW.id AND withdrawn_at IS NULL) resting));
    RETURN NULL;
END $$;
CREATE TRIGGER claims_on_embargo AFTER UPDATE ON sources_document FOR EACH ROW
    WHEN (NEW.embargo_until IS DISTINCT FROM OLD.embargo_until AND NEW.embargo_until > now())
    EXECUTE FUNCTION claims_on_embargo();
"""

DROP_EMBARGOED = """
DROP TRIGGER claims_on_embargo ON sources_document;
DROP FUNCTION claims_on_embargo();
DROP FUNCTION claims_hold_embargoed(bigint[]);
"""

TOUCH = """
CREATE FUNCTION claims_touch(touched bigint[], substance boolean, part text) RETURNS void LANGUAGE plpgsql AS $$
-- A part of these claims changed: their version rises, and with their substance their revision (rule 7), once a
-- transaction. Claims made in this transaction stay at revision 1 until somebody has judged them.
DECLARE
    xid bigint := pg_current_xact_id()::text::bigint;
BEGIN
    IF touched IS NULL THEN
        RETURN;
    END IF;
    IF substance THEN
        PERFORM set_config('factdesk.revised_because', part, true);
        UPDATE claims_claim SET revision = revision + 1, revised_in = xid
        WHERE id IN (SELECT id FROM claims_claim WHERE id = ANY (touched)
            AND (revised_in <> xid OR claims_is_decided(id, revision)) ORDER BY id FOR NO KEY UPDATE);
    END IF;
    UPDATE claims_claim SET changed_in = xid
    WHERE id IN (SELECT id FROM claims_claim WHERE id = ANY (touched) AND changed_in <> xid
        ORDER BY id FOR NO KEY UPDATE);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_ties_and_triggers"), ("sources", "0002_rules")]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(
            CHAINS_END, "ALTER TABLE claims_attribution DROP CONSTRAINT attribution_relays_within_its_claim;"
        ),
        migrations.RunSQL(
            AUTHOR_IS_THE_AUTHOR, "ALTER TABLE claims_signoff DROP CONSTRAINT signoff_author_is_the_author;"
        ),
        migrations.RunSQL(DECLARED, "DROP FUNCTION claims_declared(text);"),
        migrations.RunSQL(DECIDED, "DROP FUNCTION claims_is_decided(bigint, integer);"),
        migrations.RunSQL(PRESENT, "DROP FUNCTION claims_present_assessment(bigint);"),
        migrations.RunSQL(EFFECTIVE, "DROP FUNCTION claims_effective_assessment(bigint);"),
        migrations.RunSQL(OWES_REPLY, "DROP FUNCTION claims_owes_reply(bigint);"),
        migrations.RunSQL(UNDER_EMBARGO, "DROP FUNCTION claims_under_embargo(bigint);"),
        migrations.RunSQL(EMBARGOED, DROP_EMBARGOED),
        migrations.RunSQL(TOUCH, "DROP FUNCTION claims_touch(bigint[], boolean, text);"),
    ]
