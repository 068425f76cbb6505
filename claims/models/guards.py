"""What the database holds about claims that takes more than one row: triggers, declared on the models that they guard.

The bargain: each function here decides one thing and writes only what follows from it. Shared steps (``claims_touch``,
``claims_is_decided``, ``claims_refresh_origins``, the view ``claims_origin``) are SQL functions of the migration
``0002_rules``. All of them run as the owner once hardened, so they may write the columns that the application may not.
"""

from typing import Any

import pgtrigger

from claims.transitions import NEEDS_REASON, TRANSITIONS
from claims.vocabularies import TRUTH_SCALE
from factdesk.constraints import after_all, after_each, refuse
from factdesk.people.roles import RIGHTS


def listed(words: Any) -> str:
    return ", ".join(f"'{word}'" for word in words)


def who_may(*rights: str) -> list[str]:
    """The roles that have one of these rights, from the one table that says so."""
    return [str(role) for role, may in RIGHTS.items() if may & set(rights)]


_ARROWS = ", ".join(f"('{before}', '{action}', '{after}')" for (before, action), after in sorted(TRANSITIONS.items()))

claim_arrives_as_new = after_all(
    "claim_arrives_as_new",
    pgtrigger.Insert,
    f"""
    IF EXISTS (SELECT FROM new_rows WHERE state <> 'new' OR verdict IS NOT NULL OR last_verdict IS NOT NULL
               OR flags <> '{{}}' OR clearance <> 'not_cleared' OR revision <> 1 OR version <> 1
               OR independent_origins <> 0 OR warnings <> '{{}}'
               OR revised_in <> pg_current_xact_id()::text::bigint
               OR changed_in <> pg_current_xact_id()::text::bigint) THEN
        {refuse("claim_arrives_as_new", "A claim arrives as new, at revision 1, without verdict, flags or clearance.")}
    END IF;
    RETURN NULL;
    """,
)

#: Counts version and revision, and lets the sign-off, the verdict and the clearance fall with the substance (rule 7).
claim_revises = pgtrigger.Trigger(
    name="claim_revises",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    declare=[("xid", "bigint := pg_current_xact_id()::text::bigint"), ("changed", "text")],
    func="""
    NEW.version := OLD.version + 1;
    NEW.changed_in := xid;
    NEW.updated_at := clock_timestamp();
    changed := concat_ws(', ',
        CASE WHEN NEW.statement IS DISTINCT FROM OLD.statement THEN 'statement' END,
        CASE WHEN NEW.kind IS DISTINCT FROM OLD.kind THEN 'kind' END,
        CASE WHEN (NEW.about_from, NEW.about_until) IS DISTINCT FROM (OLD.about_from, OLD.about_until) THEN 'days' END,
        CASE WHEN NEW.place IS DISTINCT FROM OLD.place THEN 'place' END);
    IF changed <> '' AND (OLD.revised_in <> xid OR claims_is_decided(OLD.id, OLD.revision)) THEN
        NEW.revision := OLD.revision + 1;
        NEW.revised_in := xid;
        PERFORM set_config('factdesk.revised_because', changed, true);
    END IF;
    IF NEW.revision > OLD.revision AND OLD.state = 'signed_off' AND NEW.state = 'signed_off' THEN
        NEW.state := 'in_check';
    END IF;
    IF NEW.revision > OLD.revision OR (NEW.state <> OLD.state AND NEW.state IN ('new', 'in_check', 'in_review')) THEN
        NEW.verdict := NULL;
        NEW.flags := '{}';
    END IF;
    IF NEW.verdict IS DISTINCT FROM OLD.verdict AND OLD.verdict IS NOT NULL THEN
        NEW.last_verdict := OLD.verdict;
    END IF;
    IF NEW.state <> 'signed_off' AND NEW.clearance NOT IN ('not_cleared', 'hold', 'legal_hold') THEN
        NEW.clearance := 'hold';
    END IF;
    RETURN NEW;
    """,
)

#: The state's own trigger: along the arrows only, each with what it asks for; writes the Transition (rules 4 and 6).
claim_moves = after_each(
    "claim_moves",
    pgtrigger.Update,
    declare=[
        ("moved", "text"),
        ("why", "text := coalesce(nullif(current_setting('factdesk.reason', true), ''), claims_declared('why'), '')"),
        ("fell", "boolean := OLD.state = 'signed_off' AND NEW.state = 'in_check' AND NEW.revision > OLD.revision"),
        (
            "who",
            "bigint := coalesce(nullif(current_setting('factdesk.by', true), ''), claims_declared('user'))::bigint",
        ),
    ],
    func=f"""
    IF NEW.clearance <> OLD.clearance AND NEW.clearance = 'hold' AND NEW.state <> 'signed_off'
        AND OLD.state = 'signed_off' THEN
        INSERT INTO claims_clearance (claim_id, revision, value, wording, override_reason, automatic, note)
        VALUES (NEW.id, NEW.revision, 'hold', '', '', true, 'Fell to hold: the claim is no longer initialled.');
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    SELECT action INTO moved FROM (VALUES {_ARROWS}) AS arrow (before, action, after)
        WHERE before = OLD.state AND after = NEW.state;
    IF moved IS NULL THEN
        {refuse("claim_state_transition", "A claim does not go from % to %.", "OLD.state", "NEW.state")}
    END IF;
    IF moved = 'submit' AND claims_present_assessment(NEW.id) IS NULL THEN
        {refuse("claim_submit_needs_assessment", "Nothing to submit: no new finding on revision %.", "NEW.revision")}
    END IF;
    IF moved = 'sign_off' AND (pg_trigger_depth() < 2 OR claims_effective_assessment(NEW.id) IS NULL) THEN
        {refuse("claim_signed_off_by_approvals", "Only the last initials that it needs make a claim initialled.")}
    END IF;
    IF fell THEN
        why := format('Changed since it was initialled: %s.', current_setting('factdesk.revised_because', true));
    END IF;
    IF moved IN ({listed(sorted(NEEDS_REASON))}) AND why !~ '[^[:space:]]' AND moved <> 'close' THEN
        {refuse("transition_has_a_reason", "Say why the claim goes back from %.", "OLD.state")}
    END IF;
    INSERT INTO claims_transition (created_at, claim_id, revision, before, after, action, reason, by_id, automatic)
    VALUES (clock_timestamp(), NEW.id, NEW.revision, OLD.state, NEW.state, moved,
            CASE WHEN moved = 'close' THEN concat_ws(': ', NEW.closed_because, nullif(why, ''))
                 WHEN moved IN ({listed(sorted(NEEDS_REASON))}) THEN why ELSE '' END,
            who, fell);
    RETURN NULL;
    """,
)

#: Whoever repeats a claim names the first of them, so that nothing points in a circle and nobody follows a chain.
claim_repeats_the_first = after_each(
    "claim_repeats_the_first",
    pgtrigger.Update,
    declare=[("first", "bigint")],
    condition=pgtrigger.Q(new__duplicate_of__isnull=False)
    & pgtrigger.Q(old__duplicate_of__df=pgtrigger.F("new__duplicate_of")),
    func=f"""
    SELECT duplicate_of_id INTO first FROM claims_claim WHERE id = NEW.duplicate_of_id FOR NO KEY UPDATE;
    IF first IS NOT NULL THEN
        {
        refuse(
            "claim_duplicates_no_duplicate",
            "Claim % is itself closed as a duplicate, of %: name that one.",
            "NEW.duplicate_of_id",
            "first",
        )
    }
    END IF;
    RETURN NULL;
    """,
)

claim_origins_follow_kind = after_each(
    "claim_origins_follow_kind",
    pgtrigger.Update,
    "PERFORM claims_refresh_origins(ARRAY[NEW.id]); RETURN NULL;",
    condition=pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind")),
)


#: An assessment names the revision that its author saw (rule 5); a statistic on the scale has its figure (rule 9).
assessment_is_judged = after_each(
    "assessment_is_judged",
    pgtrigger.Insert,
    declare=[("claim", "claims_claim")],
    func=f"""
    SELECT * INTO claim FROM claims_claim WHERE id = NEW.claim_id FOR NO KEY UPDATE;
    IF NEW.revision <> claim.revision THEN
        {
        refuse(
            "assessment_on_present_revision",
            "Claim % is at revision %; this finding is on revision %.",
            "claim.id",
            "claim.revision",
            "NEW.revision",
        )
    }
    END IF;
    IF claim.state IN ('signed_off', 'closed') THEN
        {refuse("assessment_while_open", "A claim that is % is not assessed; reopen it first.", "claim.state")}
    END IF;
    IF claim.kind = 'statistic' AND NEW.verdict IN ({listed(TRUTH_SCALE)}) AND NOT EXISTS (
        SELECT FROM claims_quantity WHERE claim_id = claim.id AND withdrawn_at IS NULL) THEN
        {refuse("assessment_statistic_has_quantity", "A statistic needs its figure before it is judged on the scale.")}
    END IF;
    IF NEW.is_tick AND claim.kind IN ('allegation', 'statistic', 'causal') THEN
        {refuse("assessment_tick_is_enough", "A tick is not enough for a claim of kind %; give reasons.", "claim.kind")}
    END IF;
    IF NEW.is_tick AND EXISTS (
        SELECT FROM claims_evidence e LEFT JOIN sources_document d ON d.id = e.document_id
        WHERE e.claim_id = claim.id AND e.withdrawn_at IS NULL
        AND (e.stance = 'refutes' OR d.kind = 'fact_check' AND e.stance <> 'supports')) THEN
        {
        refuse(
            "assessment_tick_is_enough",
            "A tick is not enough against backing that refutes the claim, or beside "
            "a fact-check that does not support it; give reasons.",
        )
    }
    END IF;
    RETURN NULL;
    """,
)

#: A decision on the newest assessment of the present revision; the last approval signs the claim off (rules 5 and 6).
sign_off_is_judged = after_each(
    "sign_off_is_judged",
    pgtrigger.Insert,
    declare=[("claim", "claims_claim"), ("finding", "claims_assessment"), ("signer", "people_user")],
    func=f"""
    SELECT * INTO finding FROM claims_assessment WHERE id = NEW.assessment_id;
    SELECT * INTO claim FROM claims_claim WHERE id = finding.claim_id FOR NO KEY UPDATE;
    SELECT * INTO signer FROM people_user WHERE id = NEW.by_id;
    IF NEW.revision <> claim.revision OR finding.id IS DISTINCT FROM claims_present_assessment(claim.id) THEN
        {
        refuse(
            "signoff_on_present_revision",
            "Claim % is at revision %; this decision is on an earlier finding.",
            "claim.id",
            "claim.revision",
        )
    }
    END IF;
    IF claim.state <> 'in_review' THEN
        {refuse("signoff_in_review", "Claim % is %; it is initialled while in review.", "claim.id", "claim.state")}
    END IF;
    IF NOT signer.is_active OR signer.role NOT IN ({listed(who_may("sign_off"))}) THEN
        {refuse("signoff_by_an_editor", "Initialling is not this person's to do.")}
    END IF;
    PERFORM set_config('factdesk.by', NEW.by_id::text, true), set_config('factdesk.reason', NEW.note, true);
    IF NEW.decision = 'send_back' THEN
        UPDATE claims_claim SET state = 'in_check' WHERE id = claim.id;
    ELSIF claims_effective_assessment(claim.id) IS NULL THEN
        PERFORM claims_touch(ARRAY[claim.id], false, 'sign-off');
    ELSE
        UPDATE claims_claim SET state = 'signed_off', verdict = finding.verdict, flags = finding.flags,
            look_again = false, source_changed = false WHERE id = claim.id;
        UPDATE claims_usage u SET owed = 'due' FROM claims_claim c
            WHERE c.id = claim.id AND u.claim_id = c.id AND u.owed <> 'retracted' AND u.withdrawn_at IS NULL
            AND c.last_verdict IS NOT NULL AND c.last_verdict <> c.verdict;
    END IF;
    PERFORM set_config('factdesk.by', '', true), set_config('factdesk.reason', '', true);
    RETURN NULL;
    """,
)

#: Rule 8: what may be cleared, by whom, and when the accused have had their say.
clearance_is_judged = after_each(
    "clearance_is_judged",
    pgtrigger.Insert,
    declare=[("claim", "claims_claim"), ("who", "text"), ("printable", "boolean")],
    func=f"""
    PERFORM FROM sources_document WHERE id IN (
        SELECT document_id FROM claims_attribution WHERE claim_id = NEW.claim_id
        UNION SELECT document_id FROM claims_evidence WHERE claim_id = NEW.claim_id) ORDER BY id FOR SHARE;
    SELECT * INTO claim FROM claims_claim WHERE id = NEW.claim_id FOR NO KEY UPDATE;
    SELECT role INTO who FROM people_user WHERE id = NEW.by_id AND is_active;
    printable := NEW.value NOT IN ('not_cleared', 'hold', 'legal_hold');
    IF NEW.automatic AND pg_trigger_depth() < 2 THEN
        {refuse("clearance_automatic_by_database", "Only the database lets a clearance fall by itself.")}
    END IF;
    IF NEW.revision <> claim.revision THEN
        {
        refuse(
            "clearance_on_present_revision",
            "Claim % is at revision %; this decision is on revision %.",
            "claim.id",
            "claim.revision",
            "NEW.revision",
        )
    }
    END IF;
    IF NOT NEW.automatic AND coalesce(who, '') NOT IN ({listed(who_may("clear", "legal_hold"))})
        OR printable AND who NOT IN ({listed(who_may("clear"))}) THEN
        {refuse("clearance_by_an_editor", "Clearing a claim is not this person's to do.")}
    END IF;
    IF NOT NEW.automatic AND who IS DISTINCT FROM 'legal'
        AND (NEW.value = 'legal_hold' OR claim.clearance = 'legal_hold') THEN
        {refuse("clearance_legal_hold_by_legal", "Only legal sets or lifts a legal hold.")}
    END IF;
    IF NEW.override_reason <> '' AND who IS DISTINCT FROM 'chief' THEN
        {refuse("clearance_override_by_chief", "Only a chief overrides the right of reply.")}
    END IF;
    IF printable AND claim.state <> 'signed_off' THEN
        {
        refuse(
            "clearance_needs_sign_off",
            "Claim % is %; it is OK to print only once initialled.",
            "claim.id",
            "claim.state",
        )
    }
    END IF;
    IF printable AND claims_under_embargo(claim.id) THEN
        {refuse("clearance_after_embargo", "Claim % rests on material that is still under embargo.", "claim.id")}
    END IF;
    IF printable AND NEW.override_reason = '' AND claims_owes_reply(claim.id) THEN
        {refuse("clearance_after_reply", "Somebody whom claim % accuses has not had their say yet.", "claim.id")}
    END IF;
    IF printable AND claim.kind = 'allegation' AND NOT EXISTS (
        SELECT FROM claims_accusation WHERE claim_id = claim.id AND withdrawn_at IS NULL) THEN
        {refuse("clearance_allegation_names_accused", "Allegation % names nobody whom it accuses.", "claim.id")}
    END IF;
    UPDATE claims_claim SET clearance = NEW.value WHERE id = claim.id AND clearance <> NEW.value;
    RETURN NULL;
    """,
)

#: An exemption from the right of reply is given by those who may give it (rule 8).
exemption_is_given = after_each(
    "exemption_is_given",
    pgtrigger.Insert | pgtrigger.Update,
    declare=[("first", "text"), ("second", "text")],
    condition=pgtrigger.Q(new__exempt__isnull=False),
    func=f"""
    SELECT role INTO first FROM people_user WHERE id = NEW.exempted_by_id AND is_active;
    SELECT role INTO second FROM people_user WHERE id = NEW.exempt_seconded_by_id AND is_active;
    IF NEW.exempt IN ('not_identifiable', 'dead') AND coalesce(first, '') NOT IN ('editor', 'chief')
        OR NEW.exempt = 'court_record_only' AND first IS DISTINCT FROM 'legal'
        OR NEW.exempt = 'would_endanger' AND
            ((first, second) IN (('chief', 'legal'), ('legal', 'chief'))) IS NOT TRUE THEN
        {refuse("accusation_exemption_by_right", "An exemption % is not this person's to give.", "NEW.exempt")}
    END IF;
    RETURN NULL;
    """,
)
