"""What the database holds about going to print: who decides on a change of copy, and that no must goes out in silence.

The bargain: a page closes only when every ``must`` claim in it that is still open has its decision (rule 14); the view
``claims_open_must`` (migration ``0007_telling_rules``) says which have none.
"""

import pgtrigger

from claims.models.guards import listed, who_may
from factdesk.constraints import after_each, refuse

#: a claim on which the work has not come to its end
STILL_OPEN = "('new', 'in_check', 'in_review')"

#: Closing is final, and is refused while a must claim of the piece is open without a decision (rule 14).
piece_closes = after_each(
    "piece_closes",
    pgtrigger.Insert | pgtrigger.Update,
    declare=[("waiting", "bigint")],
    func=f"""
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL
        AND (NEW.closed_at, NEW.page_closes_at) IS DISTINCT FROM (OLD.closed_at, OLD.page_closes_at) THEN
        {refuse("piece_stays_closed", "The page has closed; that is not undone.")}
    END IF;
    IF NEW.closed_at IS NULL OR TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM claims_claim WHERE id IN (SELECT claim_id FROM claims_attribution
        WHERE document_id = NEW.document_id AND withdrawn_at IS NULL) ORDER BY id FOR NO KEY UPDATE;
    SELECT count(*) INTO waiting FROM claims_open_must WHERE piece_id = NEW.id;
    IF waiting > 0 THEN
        {
        refuse(
            "piece_closes_with_every_must_decided",
            "Claims of this page that must be checked, are open and have no decision: %.",
            "waiting",
        )
    }
    END IF;
    RETURN NULL;
    """,
)

#: A must is rejected by an editor only.
copy_change_is_decided = after_each(
    "copychange_is_decided",
    pgtrigger.Insert | pgtrigger.Update,
    declare=[("who", "text")],
    condition=pgtrigger.Q(new__force="must", new__decision="rejected"),
    func=f"""
    SELECT role INTO who FROM people_user WHERE id = NEW.decided_by_id AND is_active;
    IF coalesce(who, '') NOT IN ({listed(who_may("decide_copy"))}) THEN
        {refuse("copychange_must_is_rejected_by_an_editor", "A must is rejected by an editor only.")}
    END IF;
    RETURN NULL;
    """,
)

#: Rule 14: an open must goes out with a decision on it, printed unchecked by a chief only.
usage_of_what_is_open = after_each(
    "usage_of_what_is_open",
    pgtrigger.Insert | pgtrigger.Update,
    declare=[("who", "text")],
    func=f"""
    IF NEW.went_out_open IS NULL AND NEW.withdrawn_at IS NULL AND (TG_OP = 'INSERT'
        OR (NEW.document_id, NEW.went_out_open) IS DISTINCT FROM (OLD.document_id, OLD.went_out_open)) AND EXISTS (
        SELECT FROM claims_claim c JOIN claims_piece p ON p.document_id = NEW.document_id
        WHERE c.id = NEW.claim_id AND c.priority = 'must' AND c.state IN {STILL_OPEN}) THEN
        {
        refuse(
            "usage_of_an_open_must_is_decided",
            "Claim % must be checked and is open: decide first whether it is cut, softened or printed unchecked.",
            "NEW.claim_id",
        )
    }
    END IF;
    IF NEW.went_out_open IS NULL OR TG_OP = 'UPDATE'
        AND (NEW.went_out_open, NEW.open_decided_by_id) IS NOT DISTINCT FROM
            (OLD.went_out_open, OLD.open_decided_by_id) THEN
        RETURN NULL;
    END IF;
    SELECT role INTO who FROM people_user WHERE id = NEW.open_decided_by_id AND is_active;
    IF NEW.went_out_open = 'printed_unchecked' AND coalesce(who, '') NOT IN ({listed(who_may("print_unchecked"))})
        OR coalesce(who, '') NOT IN ({listed(who_may("clear"))}) THEN
        {refuse("usage_open_decided_by_right", "That a claim goes out open is not this person's to decide.")}
    END IF;
    RETURN NULL;
    """,
)

#: That something was printed unchecked is on record for good; so is every such decision once the page has closed.
usage_stays_decided = after_each(
    "usage_stays_decided",
    pgtrigger.Update,
    condition=pgtrigger.Q(old__went_out_open__isnull=False),
    func=f"""
    IF (NEW.went_out_open, NEW.open_because, NEW.open_decided_by_id, NEW.document_id, NEW.revision, NEW.withdrawn_at)
        IS DISTINCT FROM
       (OLD.went_out_open, OLD.open_because, OLD.open_decided_by_id, OLD.document_id, OLD.revision, OLD.withdrawn_at)
        AND (OLD.went_out_open = 'printed_unchecked' OR EXISTS (
            SELECT FROM claims_piece WHERE document_id = OLD.document_id AND closed_at IS NOT NULL))
    THEN
        {refuse("usage_decision_stays", "What went out open stays on record as it was decided.")}
    END IF;
    RETURN NULL;
    """,
)
