"""Reports of sources: how they held up, and whom claims accuse. Counts and days; no score, no share, no merit."""

from django.utils.translation import gettext_lazy as _

from claims.reportcolumns import Column, Report
from claims.vocabularies import Said, Verdict

# What a source had to do with a claim is one thing (claims.heldup): it said so of its own, else it passed it on; and
# apart from that, it denied it. What is merged is read as one.
_HAD_TO_DO = """(SELECT a.claim_id, coalesce(s.merged_into_id, s.id) AS root,
        CASE WHEN bool_or(a.stance = 'denies') THEN 'denied' WHEN bool_or(a.relays_id IS NULL) THEN 'origin'
            ELSE 'passed_on' END AS way
    FROM claims_attribution a JOIN sources_source s ON s.id = a.speaker_id
    WHERE a.withdrawn_at IS NULL AND a.stance IN ('asserts', 'reports', 'denies')
    GROUP BY a.claim_id, root, a.stance = 'denies') h"""

# fmt: off
BY_SOURCE = Report(
    "by-source", _("Claims by source and verdict"),
    "One row a source, what it had to do with claims, and a verdict: how many claims. For those who weigh sources.",
    "claims",
    (
        Column("source", "id", "r.id", "", "The source's number."),
        Column("name", "text", "r.name", "", "What it is called; a protected one by its code name."),
        Column("kind", "word", "r.kind", "", "Person, organization, outlet or group."),
        Column("way", "word", "w.way", "",
            "What it had to do with them: `origin` (said so of its own), `passed_on`, or `denied`."),
        Column("verdict", "word", "w.verdict", "", "Is it so; empty as long as nobody has signed that off."),
        Column("claims", "number", "w.claims", "", "How many claims."),
    ),
    ("id", "verdict"),
    f"""FROM (SELECT h.root, h.way, b.verdict, count(*) AS claims FROM {_HAD_TO_DO}
        JOIN base b ON b.id = h.claim_id GROUP BY h.root, h.way, b.verdict) w
    JOIN sources_source r ON r.id = w.root""",
    "r.id, w.way, w.verdict NULLS FIRST",
    "weigh_sources",
)


def _verdicts() -> str:
    return ", ".join(
        f"coalesce(sum(claims) FILTER (WHERE way <> 'denied' AND verdict = '{one.value}'), 0) AS {one.value}"
        for one in Verdict
    )


def _saids() -> str:
    return ", ".join(f"count(*) FILTER (WHERE a.said = '{one.value}') AS {one.value}" for one in Said)


_SOURCES = f"""FROM (SELECT root, coalesce(sum(claims) FILTER (WHERE way = 'origin'), 0) AS origin,
        coalesce(sum(claims) FILTER (WHERE way = 'passed_on'), 0) AS passed_on,
        coalesce(sum(claims) FILTER (WHERE way = 'denied'), 0) AS denied,
        coalesce(sum(claims) FILTER (WHERE way <> 'denied' AND verdict IS NULL), 0) AS no_finding, {_verdicts()}
    FROM (SELECT h.root, h.way, c.verdict, count(*) AS claims FROM {_HAD_TO_DO}
        JOIN claims_claim c ON c.id = h.claim_id GROUP BY h.root, h.way, c.verdict) found GROUP BY root) w
    JOIN base b ON b.id = w.root
    JOIN (SELECT coalesce(s.merged_into_id, s.id) AS root, count(*) AS hops, {_saids()}
        FROM claims_attribution a JOIN sources_source s ON s.id = a.speaker_id
        WHERE a.withdrawn_at IS NULL GROUP BY 1) hop ON hop.root = w.root"""

SOURCES = Report(
    "sources", _("Sources and how they held up"),
    "One row a source that stands in a claim's chain: in how many, and how they came out. For those who weigh sources.",
    "sources",
    (
        Column("id", "id", "b.id", "", "The source's number."),
        Column("name", "text", "b.name", "", "What it is called; a protected one by its code name."),
        Column("kind", "word", "b.kind", "", "Person, organization, outlet or group."),
        Column("identity", "word", "b.identity", "", "Whether it is named."),
        Column("reliability", "word", "b.reliability", "", "Its grade, A to F, where somebody gave one."),
        Column("reliability_on", "day", "b.reliability_on", "", "Of which day that is."),
        Column("origin", "number", "w.origin", "", "Claims that it made of its own, as original source."),
        Column("passed_on", "number", "w.passed_on", "", "Claims that it only passed on."),
        Column("denied", "number", "w.denied", "", "Claims that it denied."),
        Column("no_finding", "number", "w.no_finding", "",
            "Of those that it made or passed on, those without a finding that is initialled."),
        *(Column(one.value, "number", f"w.{one.value}", "",
            f"Of those that it made or passed on, those found {one.value.replace('_', ' ')}.") for one in Verdict),
        Column("hops", "number", "hop.hops", "", "How often it stands in a chain."),
        *(Column(f"said_{one.value}", "number", f"hop.{one.value}", "",
            f"Was it said: of these, {one.value.replace('_', ' ')}.") for one in Said),
    ),
    ("id", "name", "kind", "identity", "reliability", "reliability_on"),
    _SOURCES, "b.id", "weigh_sources",
)

_PASSED = "EXISTS (SELECT FROM claims_replyrequest r WHERE r.accusation_id = b.id AND r.deadline < now())"
_OWED = f"b.exempt IS NULL AND b.outcome NOT IN ('replied', 'declined') AND c.state <> 'closed' AND NOT {_PASSED}"

ACCUSATIONS = Report(
    "accusations", _("Accusations and replies owed"),
    "One row an accusation: whom, whether they were asked, and whether they are still owed their say.",
    "accusations",
    (
        Column("id", "id", "b.id", "", "The accusation's number."),
        Column("owed", "yes", _OWED, "",
            "Whether they are owed their say: not exempt, no reply, nothing declined, no deadline passed; and the "
            "claim is not closed."),
        Column("claim", "id", "c.id", "", "The claim's number."),
        Column("page", "text", "page.before || c.id || page.after", "", "Where a person reads it."),
        Column("statement", "text", "c.statement", "", "What is claimed, in the desk's own words."),
        Column("state", "word", "c.state", "", "Where the work on it stands."),
        Column("clearance", "word", "c.clearance", "", "May we print it."),
        Column("accused", "text", "who.name", "", "Whom it accuses; a protected source by its code name."),
        Column("outcome", "word", "b.outcome", "", "What came of asking them."),
        Column("requests", "number", "asked.many", "", "How often they were asked."),
        Column("asked_at", "moment", "asked.at", "", "When they were asked last."),
        Column("deadline", "moment", "asked.until", "", "The last deadline that they were given."),
        Column("reply", "text", "nullif(b.reply, '')", "", "What they replied."),
        Column("replied_at", "moment", "b.replied_at", "", "When."),
        Column("known_position", "text", "nullif(b.known_position, '')", "",
            "What they have said before: recorded, and no reply."),
        Column("legal_status", "word", "b.legal_status", "", "Where the law stands with them."),
        Column("legal_status_on", "day", "b.legal_status_on", "", "Of which day that is."),
        Column("privilege", "word", "b.privilege", "", "Whether it was said in court or parliament."),
        Column("exempt", "word", "b.exempt", "", "Why they need not be asked, in one word."),
        Column("exempt_because", "text", "nullif(b.exempt_because, '')", "", "And in more."),
    ),
    ("id", "claim_id", "accused_id", "outcome", "reply", "replied_at", "known_position", "legal_status",
     "legal_status_on", "privilege", "exempt", "exempt_because"),
    """FROM base b JOIN claims_claim c ON c.id = b.claim_id JOIN sources_source s ON s.id = b.accused_id
    JOIN sources_source who ON who.id = coalesce(s.merged_into_id, s.id)
    CROSS JOIN LATERAL (SELECT count(*) AS many, max(r.sent_at) AS at, max(r.deadline) AS until
        FROM claims_replyrequest r WHERE r.accusation_id = b.id) asked CROSS JOIN page""",
    "b.id",
)
# fmt: on
