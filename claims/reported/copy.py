"""Reports of our own copy: pieces and what went out open, what is owed where it ran, lines that are left."""

from django.utils.translation import gettext_lazy as _

from claims.reportcolumns import Column, Report, person_row

#: SQL for what a document ``d`` is called
MATERIAL = (
    "CASE WHEN {hidden} THEN 'document ' || d.id || ' (restricted)'"
    " ELSE coalesce(nullif(d.title, ''), d.key, 'document ' || d.id) END"
)
_PEOPLE = ("author", "editor", "checker", "second_reader", "lawyer")
_CLAIMS_IN = """(SELECT count(*) AS claims, count(*) FILTER (WHERE c.priority = 'must') AS must FROM claims_claim c
    WHERE c.id IN (SELECT a.claim_id FROM claims_attribution a
        WHERE a.document_id = b.document_id AND a.withdrawn_at IS NULL))"""
_WENT_OUT = """(SELECT count(*) FILTER (WHERE u.went_out_open = 'cut') AS cut,
        count(*) FILTER (WHERE u.went_out_open = 'softened') AS softened,
        count(*) FILTER (WHERE u.went_out_open = 'printed_unchecked') AS unchecked,
        array_agg(c.statement || ' (claim ' || c.id || ', ' || u.went_out_open
            || coalesce(': ' || nullif(u.open_because, ''), '') || ')' ORDER BY u.id)
            FILTER (WHERE u.went_out_open IS NOT NULL) AS words
    FROM claims_usage u JOIN claims_claim c ON c.id = u.claim_id
    WHERE u.document_id = b.document_id AND u.withdrawn_at IS NULL)"""
_CHANGES = """(SELECT count(*) AS all, count(*) FILTER (WHERE x.decision IS NULL) AS undecided,
    count(*) FILTER (WHERE x.decision IS NULL AND x.force = 'must') AS undecided_must
    FROM claims_copychange x WHERE x.piece_id = b.id)"""

# fmt: off
PIECES = Report(
    "pieces", _("Pieces and what went out open"),
    "One row a piece: whose it is, when it closes, what of it is open, and what went out open.",
    "pieces",
    (
        Column("id", "id", "b.id", "", "The piece's number."),
        Column("document", "id", "d.id", "", "The number of its copy."),
        Column("title", "text", "coalesce(nullif(d.title, ''), d.key, 'document ' || d.id)", "", "What it is called."),
        *(Column(who, "text", f"{who}.name", "", f"Its {who.replace('_', ' ')}.") for who in _PEOPLE),
        Column("text_closes_at", "moment", "b.text_closes_at", "", "When its text closes."),
        Column("page_closes_at", "moment", "b.page_closes_at", "", "When its page closes."),
        Column("closed_at", "moment", "b.closed_at", "", "When its page did close."),
        Column("claims", "number", "stands.claims", "", "How many claims stand in it."),
        Column("must", "number", "stands.must", "", "How many of them must be checked."),
        Column("must_undecided", "number",
            "(SELECT count(*) FROM claims_open_must o WHERE o.piece_id = b.id)", "",
            "How many of these are open, and nobody has decided whether they go out so."),
        Column("changes", "number", "changes.all", "", "How many changes of the copy were wanted."),
        Column("changes_undecided", "number", "changes.undecided", "", "How many of them nobody has decided on."),
        Column("must_changes_undecided", "number", "changes.undecided_must", "", "How many of these must be made."),
        Column("cut", "number", "went.cut", "", "Open claims that were cut."),
        Column("softened", "number", "went.softened", "", "Open claims that went out softened."),
        Column("printed_unchecked", "number", "went.unchecked", "", "Open claims that were printed unchecked."),
        Column("went_out_open", "list", "went.words", "", "Each of these, with what was decided, and why."),
    ),
    ("id", "document_id", *(f"{who}_id" for who in _PEOPLE), "text_closes_at", "page_closes_at", "closed_at"),
    "FROM base b JOIN sources_document d ON d.id = b.document_id "
    + " ".join(f"LEFT JOIN LATERAL {person_row(f'b.{who}_id')} {who} ON true" for who in _PEOPLE)
    + f" CROSS JOIN LATERAL {_CLAIMS_IN} stands CROSS JOIN LATERAL {_WENT_OUT} went"
    + f" CROSS JOIN LATERAL {_CHANGES} changes",
    "b.id",
)

USAGES = Report(
    "usages", _("Usages owed"),
    "One row a place where a claim ran that is owed something, or was given it; what is still due comes first.",
    "usages",
    (
        Column("id", "id", "b.id", "", "The number of the usage."),
        Column("owed", "word", "b.owed", "", "What it is owed: due, or what it was given."),
        Column("claim", "id", "c.id", "", "The claim's number."),
        Column("page", "text", "page.before || c.id || page.after", "", "Where a person reads it."),
        Column("statement", "text", "c.statement", "", "What is claimed, in the desk's own words."),
        Column("state", "word", "c.state", "", "Where the work on it stands."),
        Column("verdict", "word", "c.verdict", "", "Is it so; empty as long as nobody has signed that off."),
        Column("last_verdict", "word", "c.last_verdict", "", "The verdict before."),
        Column("revision", "number", "b.revision", "", "The revision of the claim that went out."),
        Column("document", "text", f"CASE WHEN d.id IS NOT NULL THEN {MATERIAL} END", "",
            "The copy in which it ran, by title, else by key or number; by number alone if one may not see it."),
        Column("url", "text", "nullif(b.url, '')", "", "The address where it ran."),
        Column("consumer", "text", "nullif(b.consumer, '')", "", "Who else took it."),
        Column("went_out_at", "moment", "b.went_out_at", "", "When."),
        Column("printed", "text", "nullif(b.printed, '')", "", "The words that were printed."),
        Column("went_out_open", "word", "b.went_out_open", "", "What was decided on it, if it went out open."),
        Column("correction", "text", "nullif(b.correction, '')", "", "The words of the correction."),
        Column("updated_at", "moment", "b.updated_at", "", "When anything of it changed last."),
    ),
    ("id", "claim_id", "revision", "document_id", "url", "consumer", "went_out_at", "printed", "owed", "correction",
     "went_out_open", "updated_at"),
    """FROM base b JOIN claims_claim c ON c.id = b.claim_id LEFT JOIN sources_document d ON d.id = b.document_id
    CROSS JOIN page WHERE b.owed <> 'none'""",
    "(b.owed = 'due') DESC, b.id",
)

# The same as claims.coverage, line by line: a claim goes before a ruling, of which the newest on the line counts.
_LINES = """FROM base b JOIN sources_document d ON d.id = b.document_id CROSS JOIN LATERAL (
        SELECT s.id, s.text, ARRAY(SELECT DISTINCT q.thread_of FROM sources_snapshot o
            JOIN sources_passage g ON g.snapshot_id = o.id
            JOIN claims_attribution a ON a.passage_id = g.id AND a.withdrawn_at IS NULL
            JOIN sources_sentence q ON q.snapshot_id = o.id AND q.start < g."end" AND q."end" > g.start
            WHERE o.document_id = d.id) AS claimed
        FROM sources_snapshot s WHERE s.document_id = d.id
        AND EXISTS (SELECT FROM sources_sentence WHERE snapshot_id = s.id)
        ORDER BY s.captured_at DESC, s.id DESC LIMIT 1) copy
    CROSS JOIN LATERAL (SELECT q.*, row_number() OVER (ORDER BY q.start) AS nth FROM sources_sentence q
        WHERE q.snapshot_id = copy.id) line
    WHERE line.thread_of <> ALL (copy.claimed)
    AND coalesce((SELECT r.decision FROM claims_ruling r JOIN sources_sentence q ON q.id = r.sentence_id
        WHERE r.about = 'sentence' AND q.line_of = line.line_of ORDER BY r.id DESC LIMIT 1), 'checkable') = 'checkable'
    """

LINES = Report(
    "lines", _("Lines left of a piece"),
    "One row a line of the newest copy of a piece that has no claim and was not ruled out. Name the copy, or have "
    "those of all pieces.",
    "pieces",
    (
        Column("piece", "id", "b.id", "", "The piece's number."),
        Column("document", "id", "d.id", "", "The number of its copy."),
        Column("title", "text", "coalesce(nullif(d.title, ''), d.key, 'document ' || d.id)", "", "What it is called."),
        Column("page_closes_at", "moment", "b.page_closes_at", "", "When its page closes."),
        Column("closed_at", "moment", "b.closed_at", "", "When its page did close."),
        Column("line", "number", "line.nth", "", "Which line of the copy it is, counted from 1."),
        Column("part", "word", "line.part", "", "The part of the text in which it stands."),
        Column("words", "text", 'substr(copy.text, line.start + 1, line."end" - line.start)', "",
            "The line; empty where the text is not held."),
    ),
    ("id", "document_id", "page_closes_at", "closed_at"),
    _LINES, "b.id, line.start",
)
# fmt: on
