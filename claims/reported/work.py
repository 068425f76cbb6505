"""Reports of the work: what is open and how long, how long decisions took, what happened week by week."""

from django.utils.translation import gettext_lazy as _

from claims.reportcolumns import Column, Report, person_row

#: open for less than so long (an interval), in words; what is older is the last
AGES = {"1 day": "under 1 day", "3 days": "1 to 3 days", "7 days": "3 to 7 days", "28 days": "1 to 4 weeks"}
OLDEST = "over 4 weeks"

_SINCE = "coalesce(again.at, b.created_at)"
_AGE = " ".join(f"WHEN {_SINCE} > now() - interval '{span}' THEN {n}" for n, span in enumerate(AGES))
_AGE_WORD = " ".join(f"WHEN {n} THEN '{words}'" for n, words in enumerate(AGES.values()))


def _count(column: str, word: str) -> str:
    return f"count(*) FILTER (WHERE {column} = '{word}')"


_OPEN = f"""FROM (SELECT b.assignee_id, CASE {_AGE} ELSE {len(AGES)} END AS age, count(*) AS claims,
        {_count("b.priority", "must")} AS must, {_count("b.priority", "should")} AS should,
        {_count("b.priority", "could")} AS could, {_count("b.state", "new")} AS new,
        {_count("b.state", "in_check")} AS in_check, {_count("b.state", "in_review")} AS in_review,
        count(*) FILTER (WHERE b.id IN (SELECT claim_id FROM claims_annotation WHERE kind = 'question'
            AND resolved_at IS NULL AND withdrawn_at IS NULL)) AS waiting, min({_SINCE}) AS since
    FROM base b LEFT JOIN (SELECT claim_id, max(created_at) AS at FROM claims_transition
        WHERE before IN ('signed_off', 'closed') GROUP BY claim_id) again ON again.claim_id = b.id
    WHERE b.state IN ('new', 'in_check', 'in_review') GROUP BY b.assignee_id, age) w
LEFT JOIN LATERAL {person_row("w.assignee_id")} assignee ON true"""

# fmt: off
WORK = Report(
    "work", _("Open work by assignee and age"),
    "One row a person and age: how much open work lies with them for how long. The first rows lie with nobody.",
    "claims",
    (
        Column("assignee", "text", "assignee.name", "", "With whom it lies; empty: with nobody."),
        Column("age", "word", f"CASE w.age {_AGE_WORD} ELSE '{OLDEST}' END", "",
            "How long it has been open: since the claim was made, or last reopened."),
        Column("claims", "number", "w.claims", "", "How many claims."),
        Column("must", "number", "w.must", "", "How many of them must be checked."),
        Column("should", "number", "w.should", "", "How many of them should be."),
        Column("could", "number", "w.could", "", "How many of them could be."),
        Column("new", "number", "w.new", "", "How many of them are new."),
        Column("in_check", "number", "w.in_check", "", "How many of them are in check."),
        Column("in_review", "number", "w.in_review", "", "How many of them are to be initialled."),
        Column("waiting", "number", "w.waiting", "", "How many of them have a question that is open."),
        Column("open_since", "moment", "w.since", "", "Since when the oldest of them is open."),
    ),
    ("id", "state", "priority", "assignee_id", "created_at"),
    _OPEN, "assignee.name NULLS FIRST, w.assignee_id, w.age DESC",
)


def _hours(since: str, until: str) -> str:
    return f"round((extract(epoch FROM greatest({until} - {since}, interval '0')) / 3600)::numeric, 1)"


SIGN_OFFS = Report(
    "sign-offs", _("Sign-offs and turnaround"),
    "One row a decision on a finding, and how long claim and finding had waited for it. It names nobody.",
    "sign_offs",
    (
        Column("id", "id", "b.id", "", "The number of the decision."),
        Column("claim", "id", "c.id", "", "The claim's number."),
        Column("page", "text", "page.before || c.id || page.after", "", "Where a person reads it."),
        Column("statement", "text", "c.statement", "", "What is claimed, in the desk's own words."),
        Column("kind", "word", "c.kind", "", "The kind of its content."),
        Column("priority", "word", "c.priority", "", "Must, should or could it be checked."),
        Column("verdict", "word", "f.verdict", "", "The verdict that was proposed."),
        Column("tick", "yes", "f.is_tick", "", "Whether it was proposed by a tick, without reasons."),
        Column("decision", "word", "b.decision", "", "Approved, or sent back."),
        Column("note", "text", "b.note", "", "What was said to it."),
        Column("claimed_at", "moment", "c.created_at", "", "When the claim was made."),
        Column("taken_at", "moment", "taken.at", "", "When it came into check, the last time before the finding."),
        Column("found_at", "moment", "f.created_at", "", "When the finding was proposed."),
        Column("decided_at", "moment", "b.created_at", "", "When it was decided on."),
        Column("hours_in_check", "hours", _hours("taken.at", "f.created_at"), "", "From check to finding."),
        Column("hours_to_decision", "hours", _hours("f.created_at", "b.created_at"), "", "From finding to decision."),
        Column("hours_in_all", "hours", _hours("c.created_at", "b.created_at"), "", "From claim to decision."),
    ),
    ("id", "assessment_id", "decision", "note", "created_at"),
    """FROM base b JOIN claims_assessment f ON f.id = b.assessment_id JOIN claims_claim c ON c.id = f.claim_id
    LEFT JOIN LATERAL (SELECT max(t.created_at) AS at FROM claims_transition t WHERE t.claim_id = c.id
        AND t.after = 'in_check' AND t.created_at <= f.created_at) taken ON true CROSS JOIN page""",
    "b.id",
)

#: column of the report of weeks -> what happened, and what the column says
HAPPENED = {
    "claims": ("made", "Claims that were made."),
    "taken": ("take", "How often one was taken."),
    "findings": ("finding", "Findings that were proposed, ticks among them."),
    "sent_back": ("send_back", "Findings that were sent back."),
    "initialled": ("sign_off", "Claims that were initialled."),
    "reopened": ("reopen", "Claims that were reopened, by somebody or by a change of their substance."),
    "closed": ("close", "Claims that were closed."),
    "requests": ("request", "Requests for comment that were sent."),
    "replies": ("reply", "Replies that came."),
    "ran": ("ran", "How often one ran somewhere."),
    "printed_unchecked": ("unchecked", "Of these, those that were printed unchecked."),
}
_CHANGES = "(t.before IN ('signed_off', 'closed'))::integer - (t.after IN ('signed_off', 'closed'))::integer"
_RAN = "coalesce(u.went_out_at, u.created_at)"
_WEEKS = f"""FROM (SELECT week, sum(sum(more)) OVER (ORDER BY week) AS open,
        {", ".join(f"count(*) FILTER (WHERE what = '{what}') AS {name}" for name, (what, _) in HAPPENED.items())}
    FROM (SELECT date_trunc('week', at AT TIME ZONE page.zone)::date AS week, what, more FROM (
            SELECT b.created_at AS at, 'made' AS what, 1 AS more FROM base b
            UNION ALL SELECT t.created_at, t.action, {_CHANGES}
                FROM claims_transition t JOIN base b ON b.id = t.claim_id
            UNION ALL SELECT f.created_at, 'finding', 0 FROM claims_assessment f JOIN base b ON b.id = f.claim_id
            UNION ALL SELECT r.sent_at, 'request', 0 FROM claims_replyrequest r
                JOIN claims_accusation x ON x.id = r.accusation_id JOIN base b ON b.id = x.claim_id
            UNION ALL SELECT x.replied_at, 'reply', 0 FROM claims_accusation x JOIN base b ON b.id = x.claim_id
                WHERE x.replied_at IS NOT NULL AND x.withdrawn_at IS NULL
            UNION ALL SELECT {_RAN}, e.what, 0 FROM claims_usage u JOIN base b ON b.id = u.claim_id
                CROSS JOIN LATERAL (VALUES ('ran'), ('unchecked')) e (what)
                WHERE u.withdrawn_at IS NULL AND u.went_out_open IS DISTINCT FROM 'cut'
                AND (e.what = 'ran' OR u.went_out_open = 'printed_unchecked')
        ) happened CROSS JOIN page) weekly GROUP BY week) w"""

WEEKS = Report(
    "weeks", _("Weekly summary"),
    "One row a week in which anything happened, the newest first. It names nobody.",
    "claims",
    (
        Column("week", "day", "w.week", "", "The week's Monday, by the desk's clock."),
        Column("until", "day", "w.week + 6", "", "Its Sunday."),
        *(Column(name, "number", f"w.{name}", "", told) for name, (_what, told) in HAPPENED.items()),
        Column("open", "number", "greatest(w.open, 0)", "", "Claims that were open at the week's end."),
    ),
    ("id", "created_at"),
    _WEEKS, "w.week DESC",
)
# fmt: on
