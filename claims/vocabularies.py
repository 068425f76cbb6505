"""The words of a claim, as DOMAIN.md fixes them: one literal vocabulary each, and nothing else decides them."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What a claim's content is; ``quotation`` only where nothing but the words can be checked."""

    STATISTIC = "statistic", "Statistic"
    ALLEGATION = "allegation", "Allegation"
    EVENT = "event", "Event"
    CAUSAL = "causal", "Causal"
    RULE = "rule", "Rule"
    DETAIL = "detail", "Detail"
    PREDICTION = "prediction", "Prediction"
    QUOTATION = "quotation", "Quotation"


class State(TextChoices):
    """Where the work on a claim stands."""

    NEW = "new", "New"
    IN_CHECK = "in_check", "In check"
    IN_REVIEW = "in_review", "In review"
    SIGNED_OFF = "signed_off", "Initialled"
    CLOSED = "closed", "Closed"


class Action(TextChoices):
    TAKE = "take", "Take"
    SUBMIT = "submit", "Submit"
    SIGN_OFF = "sign_off", "Initial"
    SEND_BACK = "send_back", "Send back"
    REOPEN = "reopen", "Reopen"
    CLOSE = "close", "Close"


class ClosedBecause(TextChoices):
    DUPLICATE = "duplicate", "Duplicate"
    NOT_CHECKABLE = "not_checkable", "Not checkable"
    OUT_OF_SCOPE = "out_of_scope", "Out of scope"
    DROPPED = "dropped", "Dropped"


class Verdict(TextChoices):
    """Is it so. The first five are the truth scale; the rest are off it."""

    ACCURATE = "accurate", "Accurate"
    MOSTLY_ACCURATE = "mostly_accurate", "Mostly accurate"
    MIXED = "mixed", "Mixed"
    MOSTLY_INACCURATE = "mostly_inaccurate", "Mostly inaccurate"
    INACCURATE = "inaccurate", "Inaccurate"
    UNSUPPORTED = "unsupported", "Unsupported"
    UNVERIFIABLE = "unverifiable", "Unverifiable"
    DISPUTED = "disputed", "Disputed"
    OUTDATED = "outdated", "Outdated"
    NOT_CHECKABLE = "not_checkable", "Not checkable"


TRUTH_SCALE = ("accurate", "mostly_accurate", "mixed", "mostly_inaccurate", "inaccurate")


class Flag(TextChoices):
    MISSING_CONTEXT = "missing_context", "Missing context"
    MISLEADING_FRAMING = "misleading_framing", "Misleading framing"
    CHERRY_PICKED = "cherry_picked", "Cherry-picked"
    EXAGGERATED = "exaggerated", "Exaggerated"
    ALTERED_QUOTE = "altered_quote", "Altered quote"
    ALTERED_MEDIA = "altered_media", "Altered media"
    WRONG_DATE_OR_PLACE = "wrong_date_or_place", "Wrong date or place"
    FABRICATED = "fabricated", "Fabricated"
    SATIRE = "satire", "Satire"


class ClearanceValue(TextChoices):
    """May we print it."""

    NOT_CLEARED = "not_cleared", "Not OK to print yet"
    HOLD = "hold", "Hold"
    INFORM_ONLY = "inform_only", "For information only"
    CLEAR_WITH_ATTRIBUTION = "clear_with_attribution", "OK to print with attribution"
    CLEAR = "clear", "OK to print"
    LEGAL_HOLD = "legal_hold", "Legal hold"


class Priority(TextChoices):
    MUST = "must", "Must"
    SHOULD = "should", "Should"
    COULD = "could", "Could"


class Warning(TextChoices):
    """What the record notices about a claim's origins by itself (DOMAIN.md §3)."""

    ONLY_UNNAMED_ORIGINS = "only_unnamed_origins", "Only unnamed original sources"
    SINGLE_ORIGIN = "single_origin", "One original source"
    SECOND_HAND_ORIGIN = "second_hand_origin", "The original source was not there"
    NO_SOURCE_GIVEN = "no_source_given", "No source given"
    PLURAL_FROM_ONE = "plural_from_one", "Several named, one known"


class Comparator(TextChoices):
    EQUAL = "=", "exactly"
    MORE = ">", "more than"
    AT_LEAST = ">=", "at least"
    LESS = "<", "less than"
    AT_MOST = "<=", "at most"
    ABOUT = "~", "about"


class BaseIs(TextChoices):
    """How a quantity stands to its base."""

    SHARE_OF = "share_of", "a share of"
    CHANGE_FROM = "change_from", "a change from"
    PART_OF = "part_of", "a part of"


class Stance(TextChoices):
    ASSERTS = "asserts", "Asserts"
    REPORTS = "reports", "Reports"
    DENIES = "denies", "Denies"
    QUESTIONS = "questions", "Questions"
    WITHDRAWS = "withdraws", "Withdraws"


class Manner(TextChoices):
    VERBATIM = "verbatim", "Verbatim"
    FRAGMENT = "fragment", "Fragment"
    PARAPHRASE = "paraphrase", "Paraphrase"
    OWN_VOICE = "own_voice", "Own voice"


class Certainty(TextChoices):
    FLAT = "flat", "Flat"
    HEDGED = "hedged", "Hedged"
    INFERENCE = "inference", "Inference"
    OPINION = "opinion", "Opinion"


class Basis(TextChoices):
    """How they know."""

    WITNESSED = "witnessed", "Witnessed"
    TOOK_PART = "took_part", "Took part"
    OFFICIAL_RECORDS = "official_records", "Official records"
    DOCUMENT_SEEN = "document_seen", "Saw a document"
    TOLD_BY_OTHERS = "told_by_others", "Told by others"
    INFERRED = "inferred", "Inferred"
    NOT_STATED = "not_stated", "Not stated"


class Link(TextChoices):
    IN_TEXT = "in_text", "In the text"
    INFERRED_BY_DESK = "inferred_by_desk", "Inferred by the desk"


class Terms(TextChoices):
    ON_RECORD = "on_record", "On the record"
    BACKGROUND = "background", "Background"
    DEEP_BACKGROUND = "deep_background", "Deep background"
    OFF_RECORD = "off_record", "Off the record"
    NOT_KNOWN = "not_known", "Not known"


class Said(TextChoices):
    """An attribution's own check: was it said. Never mixed with: is it so."""

    NOT_CHECKED = "not_checked", "Not checked"
    CONFIRMED_VERBATIM = "confirmed_verbatim", "Confirmed, word for word"
    CONFIRMED_PARAPHRASE = "confirmed_paraphrase", "Confirmed in substance"
    ALTERED = "altered", "Altered"
    MISATTRIBUTED = "misattributed", "Misattributed"
    DENIED_BY_SPEAKER = "denied_by_speaker", "Denied by the speaker"


class Bearing(TextChoices):
    """How evidence bears on a claim."""

    SUPPORTS = "supports", "Supports"
    REFUTES = "refutes", "Refutes"
    CONTEXT = "context", "Context"


class Directness(TextChoices):
    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"


class How(TextChoices):
    """How the desk came by its evidence."""

    DOCUMENT = "document", "Document"
    CALL = "call", "Call"
    MAIL = "mail", "Mail"
    CALCULATION = "calculation", "Calculation"
    OBSERVATION = "observation", "Observation"
    AUTHOR_NOTES = "author_notes", "Author's notes"
    AUTHOR_SAYS = "author_says", "On author"


class CallOutcome(TextChoices):
    CONFIRMED = "confirmed", "Confirmed"
    CORRECTED = "corrected", "Corrected"
    WOULD_NOT_SAY = "would_not_say", "Would not say"


class AnnotationKind(TextChoices):
    COMMENT = "comment", "Comment"
    QUESTION = "question", "Question"
    CORRECTION = "correction", "Correction"
    TO_DO = "to_do", "To do"


class AskedOf(TextChoices):
    AUTHOR = "author", "The author"
    SOURCE = "source", "A source"
    LAWYER = "lawyer", "The lawyer"


class SignOffDecision(TextChoices):
    APPROVE = "approve", "Approve"
    SEND_BACK = "send_back", "Send back"


class ReplyOutcome(TextChoices):
    WAITING = "waiting", "Waiting"
    REPLIED = "replied", "Replied"
    DECLINED = "declined", "Declined"
    NO_ANSWER = "no_answer", "No answer"


class LegalStatus(TextChoices):
    SUSPECTED = "suspected", "Suspected"
    CHARGED = "charged", "Charged"
    CONVICTED = "convicted", "Convicted"
    ACQUITTED = "acquitted", "Acquitted"
    APPEAL = "appeal", "Under appeal"


class Privilege(TextChoices):
    NONE = "none", "None"
    COURT = "court", "Court"
    PARLIAMENT = "parliament", "Parliament"


class Exemption(TextChoices):
    """Why an accused need not be asked."""

    NOT_IDENTIFIABLE = "not_identifiable", "Not identifiable"
    DEAD = "dead", "Dead"
    COURT_RECORD_ONLY = "court_record_only", "From a court record only"
    WOULD_ENDANGER = "would_endanger", "Asking would endanger somebody"


class RelationKind(TextChoices):
    REPEATS = "repeats", "Repeats"
    CONTRADICTS = "contradicts", "Contradicts"
    QUALIFIES = "qualifies", "Qualifies"
    SUPERSEDES = "supersedes", "Supersedes"
    CORROBORATES = "corroborates", "Corroborates"


class RelationReason(TextChoices):
    TRUE_CONFLICT = "true_conflict", "True conflict"
    OTHER_DATE = "other_date", "Another date"
    OTHER_DEFINITION = "other_definition", "Another definition"
    OTHER_PLACE = "other_place", "Another place"
    OTHER_SCOPE = "other_scope", "Another scope"
    OTHER_ACTOR = "other_actor", "Another actor"
    OTHER_MEASURE = "other_measure", "Another measure"


class RulingAbout(TextChoices):
    ORIGINS = "origins", "Original sources"
    FINDING = "finding", "A finding"
    SENTENCE = "sentence", "A sentence"
    PROPOSAL = "proposal", "A proposal"


class SentenceRuling(TextChoices):
    """Why a sentence needs no claim."""

    NO_FACTUAL_CONTENT = "no_factual_content", "No factual content"
    HEADING = "heading", "A heading"
    OTHER_ARTICLE = "other_article", "Another article's headline"
    DUPLICATE = "duplicate", "A duplicate"


#: What is ruled of a sentence that had been ruled out and needs a claim after all.
CHECKABLE = "checkable"


class OriginRuling(TextChoices):
    """What an editor says of two origins, against what the record worked out."""

    INDEPENDENT = "independent", "Independent"
    ONE_ORIGIN = "one_origin", "One origin"


class Owed(TextChoices):
    """What a usage is owed after what we know now."""

    NONE = "none", "Nothing"
    DUE = "due", "Due"
    CORRECTED = "corrected", "Corrected"
    CLARIFIED = "clarified", "Clarified"
    RETRACTED = "retracted", "Retracted"


class WentOutOpen(TextChoices):
    """What was decided on a ``must`` claim that was open when its page closed."""

    CUT = "cut", "Cut"
    SOFTENED = "softened", "Softened"
    PRINTED_UNCHECKED = "printed_unchecked", "Printed unchecked"


class CopyDecision(TextChoices):
    ACCEPTED = "accepted", "Accepted"
    REWORDED = "reworded", "Reworded"
    REJECTED = "rejected", "Rejected"
