"""The words of a claim, as DOMAIN.md fixes them: one literal vocabulary each, and nothing else decides them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a claim's content is; ``quotation`` only where nothing but the words can be checked."""

    STATISTIC = "statistic", _("Statistic")
    ALLEGATION = "allegation", _("Allegation")
    EVENT = "event", _("Event")
    CAUSAL = "causal", _("Causal")
    RULE = "rule", _("Rule")
    DETAIL = "detail", _("Detail")
    PREDICTION = "prediction", _("Prediction")
    QUOTATION = "quotation", _("Quotation")


class State(TextChoices):
    """Where the work on a claim stands."""

    NEW = "new", _("New")
    IN_CHECK = "in_check", _("In check")
    IN_REVIEW = "in_review", _("In review")
    SIGNED_OFF = "signed_off", _("Initialled")
    CLOSED = "closed", _("Closed")


class Action(TextChoices):
    TAKE = "take", _("Take")
    SUBMIT = "submit", _("Submit")
    SIGN_OFF = "sign_off", _("Initial")
    SEND_BACK = "send_back", _("Send back")
    REOPEN = "reopen", _("Reopen")
    CLOSE = "close", _("Close")


class ClosedBecause(TextChoices):
    DUPLICATE = "duplicate", _("Duplicate")
    NOT_CHECKABLE = "not_checkable", _("Not checkable")
    OUT_OF_SCOPE = "out_of_scope", _("Out of scope")
    DROPPED = "dropped", _("Dropped")


class Verdict(TextChoices):
    """Is it so. The first five are the truth scale; the rest are off it."""

    ACCURATE = "accurate", _("Accurate")
    MOSTLY_ACCURATE = "mostly_accurate", _("Mostly accurate")
    MIXED = "mixed", _("Mixed")
    MOSTLY_INACCURATE = "mostly_inaccurate", _("Mostly inaccurate")
    INACCURATE = "inaccurate", _("Inaccurate")
    UNSUPPORTED = "unsupported", _("Unsupported")
    UNVERIFIABLE = "unverifiable", _("Unverifiable")
    DISPUTED = "disputed", _("Disputed")
    OUTDATED = "outdated", _("Outdated")
    NOT_CHECKABLE = "not_checkable", _("Not checkable")


TRUTH_SCALE = ("accurate", "mostly_accurate", "mixed", "mostly_inaccurate", "inaccurate")


class Flag(TextChoices):
    MISSING_CONTEXT = "missing_context", _("Missing context")
    MISLEADING_FRAMING = "misleading_framing", _("Misleading framing")
    CHERRY_PICKED = "cherry_picked", _("Cherry-picked")
    EXAGGERATED = "exaggerated", _("Exaggerated")
    ALTERED_QUOTE = "altered_quote", _("Altered quote")
    ALTERED_MEDIA = "altered_media", _("Altered media")
    WRONG_DATE_OR_PLACE = "wrong_date_or_place", _("Wrong date or place")
    FABRICATED = "fabricated", _("Fabricated")
    SATIRE = "satire", _("Satire")


class ClearanceValue(TextChoices):
    """May we print it."""

    NOT_CLEARED = "not_cleared", _("Not OK to print yet")
    HOLD = "hold", _("Hold")
    INFORM_ONLY = "inform_only", _("For information only")
    CLEAR_WITH_ATTRIBUTION = "clear_with_attribution", _("OK to print with attribution")
    CLEAR = "clear", _("OK to print")
    LEGAL_HOLD = "legal_hold", _("Legal hold")


class Priority(TextChoices):
    MUST = "must", _("Must")
    SHOULD = "should", _("Should")
    COULD = "could", _("Could")


class Warning(TextChoices):
    """What the record notices about a claim's origins by itself (DOMAIN.md §3)."""

    ONLY_UNNAMED_ORIGINS = "only_unnamed_origins", _("Only unnamed original sources")
    SINGLE_ORIGIN = "single_origin", _("One original source")
    SECOND_HAND_ORIGIN = "second_hand_origin", _("The original source was not there")
    NO_SOURCE_GIVEN = "no_source_given", _("No source given")
    PLURAL_FROM_ONE = "plural_from_one", _("Several named, one known")


class Comparator(TextChoices):
    EQUAL = "=", _("exactly")
    MORE = ">", _("more than")
    AT_LEAST = ">=", _("at least")
    LESS = "<", _("less than")
    AT_MOST = "<=", _("at most")
    ABOUT = "~", _("about")


class BaseIs(TextChoices):
    """How a quantity stands to its base."""

    SHARE_OF = "share_of", _("a share of")
    CHANGE_FROM = "change_from", _("a change from")
    PART_OF = "part_of", _("a part of")


class Stance(TextChoices):
    ASSERTS = "asserts", _("Asserts")
    REPORTS = "reports", _("Reports")
    DENIES = "denies", _("Denies")
    QUESTIONS = "questions", _("Questions")
    WITHDRAWS = "withdraws", _("Withdraws")


class Manner(TextChoices):
    VERBATIM = "verbatim", _("Verbatim")
    FRAGMENT = "fragment", _("Fragment")
    PARAPHRASE = "paraphrase", _("Paraphrase")
    OWN_VOICE = "own_voice", _("Own voice")


class Certainty(TextChoices):
    FLAT = "flat", _("Flat")
    HEDGED = "hedged", _("Hedged")
    INFERENCE = "inference", _("Inference")
    OPINION = "opinion", _("Opinion")


class Basis(TextChoices):
    """How they know."""

    WITNESSED = "witnessed", _("Witnessed")
    TOOK_PART = "took_part", _("Took part")
    OFFICIAL_RECORDS = "official_records", _("Official records")
    DOCUMENT_SEEN = "document_seen", _("Saw a document")
    TOLD_BY_OTHERS = "told_by_others", _("Told by others")
    INFERRED = "inferred", _("Inferred")
    NOT_STATED = "not_stated", _("Not stated")


class Link(TextChoices):
    IN_TEXT = "in_text", _("In the text")
    INFERRED_BY_DESK = "inferred_by_desk", _("Inferred by the desk")


class Terms(TextChoices):
    ON_RECORD = "on_record", _("On the record")
    BACKGROUND = "background", _("Background")
    DEEP_BACKGROUND = "deep_background", _("Deep background")
    OFF_RECORD = "off_record", _("Off the record")
    NOT_KNOWN = "not_known", _("Not known")


class Said(TextChoices):
    """An attribution's own check: was it said. Never mixed with: is it so."""

    NOT_CHECKED = "not_checked", _("Not checked")
    CONFIRMED_VERBATIM = "confirmed_verbatim", _("Confirmed, word for word")
    CONFIRMED_PARAPHRASE = "confirmed_paraphrase", _("Confirmed in substance")
    ALTERED = "altered", _("Altered")
    MISATTRIBUTED = "misattributed", _("Misattributed")
    DENIED_BY_SPEAKER = "denied_by_speaker", _("Denied by the speaker")


class Bearing(TextChoices):
    """How evidence bears on a claim."""

    SUPPORTS = "supports", _("Supports")
    REFUTES = "refutes", _("Refutes")
    CONTEXT = "context", _("Context")


class Directness(TextChoices):
    PRIMARY = "primary", _("Primary")
    SECONDARY = "secondary", _("Secondary")


class How(TextChoices):
    """How the desk came by its evidence."""

    DOCUMENT = "document", _("Document")
    CALL = "call", _("Call")
    MAIL = "mail", _("Mail")
    CALCULATION = "calculation", _("Calculation")
    OBSERVATION = "observation", _("Observation")
    AUTHOR_NOTES = "author_notes", _("Author's notes")
    AUTHOR_SAYS = "author_says", _("On author")


class CallOutcome(TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    CORRECTED = "corrected", _("Corrected")
    WOULD_NOT_SAY = "would_not_say", _("Would not say")


class AnnotationKind(TextChoices):
    COMMENT = "comment", _("Comment")
    QUESTION = "question", _("Question")
    CORRECTION = "correction", _("Correction")
    TO_DO = "to_do", _("To do")


class AskedOf(TextChoices):
    AUTHOR = "author", _("The author")
    SOURCE = "source", _("A source")
    LAWYER = "lawyer", _("The lawyer")


class SignOffDecision(TextChoices):
    APPROVE = "approve", _("Approve")
    SEND_BACK = "send_back", _("Send back")


class ReplyOutcome(TextChoices):
    WAITING = "waiting", _("Waiting")
    REPLIED = "replied", _("Replied")
    DECLINED = "declined", _("Declined")
    NO_ANSWER = "no_answer", _("No answer")


class LegalStatus(TextChoices):
    SUSPECTED = "suspected", _("Suspected")
    CHARGED = "charged", _("Charged")
    CONVICTED = "convicted", _("Convicted")
    ACQUITTED = "acquitted", _("Acquitted")
    APPEAL = "appeal", _("Under appeal")


class Privilege(TextChoices):
    NONE = "none", _("None")
    COURT = "court", _("Court")
    PARLIAMENT = "parliament", _("Parliament")


class Exemption(TextChoices):
    """Why an accused need not be asked."""

    NOT_IDENTIFIABLE = "not_identifiable", _("Not identifiable")
    DEAD = "dead", _("Dead")
    COURT_RECORD_ONLY = "court_record_only", _("From a court record only")
    WOULD_ENDANGER = "would_endanger", _("Asking would endanger somebody")


class RelationKind(TextChoices):
    REPEATS = "repeats", _("Repeats")
    CONTRADICTS = "contradicts", _("Contradicts")
    QUALIFIES = "qualifies", _("Qualifies")
    SUPERSEDES = "supersedes", _("Supersedes")
    CORROBORATES = "corroborates", _("Corroborates")


class RelationReason(TextChoices):
    TRUE_CONFLICT = "true_conflict", _("True conflict")
    OTHER_DATE = "other_date", _("Another date")
    OTHER_DEFINITION = "other_definition", _("Another definition")
    OTHER_PLACE = "other_place", _("Another place")
    OTHER_SCOPE = "other_scope", _("Another scope")
    OTHER_ACTOR = "other_actor", _("Another actor")
    OTHER_MEASURE = "other_measure", _("Another measure")


class RulingAbout(TextChoices):
    ORIGINS = "origins", _("Original sources")
    FINDING = "finding", _("A finding")
    SENTENCE = "sentence", _("A sentence")
    PROPOSAL = "proposal", _("A proposal")


class SentenceRuling(TextChoices):
    """Why a sentence needs no claim."""

    NO_FACTUAL_CONTENT = "no_factual_content", _("No factual content")
    HEADING = "heading", _("A heading")
    OTHER_ARTICLE = "other_article", _("Another article's headline")
    DUPLICATE = "duplicate", _("A duplicate")


#: What is ruled of a sentence that had been ruled out and needs a claim after all.
CHECKABLE = "checkable"


class OriginRuling(TextChoices):
    """What an editor says of two origins, against what the record worked out."""

    INDEPENDENT = "independent", _("Independent")
    ONE_ORIGIN = "one_origin", _("One origin")


class FindingRuling(TextChoices):
    """What an editor says of figures or wordings that do not agree; the newest about a key counts."""

    BOTH_STAND = "both_stand", _("Both can stand")
    MISTAKE = "mistake", _("One is a mistake, and dealt with")
    OPEN = "open", _("Open after all")


class Owed(TextChoices):
    """What a usage is owed after what we know now."""

    NONE = "none", _("Nothing")
    DUE = "due", _("Due")
    CORRECTED = "corrected", _("Corrected")
    CLARIFIED = "clarified", _("Clarified")
    RETRACTED = "retracted", _("Retracted")


class WentOutOpen(TextChoices):
    """What was decided on a ``must`` claim that was open when its page closed."""

    CUT = "cut", _("Cut")
    SOFTENED = "softened", _("Softened")
    PRINTED_UNCHECKED = "printed_unchecked", _("Printed unchecked")


class NoticeAbout(TextChoices):
    """What somebody of the desk is told without looking."""

    ASSIGNED = "assigned", _("Assigned to me")
    SENT_BACK = "sent_back", _("Sent back")
    REOPENED = "reopened", _("Reopened")
    REPLY_DUE = "reply_due", _("Reply due")
    LATE_REPLY = "late_reply", _("Late reply")
    MENTION = "mention", _("Somebody mentions me")
    PAGE_CLOSES = "page_closes", _("Page closes with open claims")
    REVIEW_DUE = "review_due", _("To be looked at again")
    EMBARGO_ENDED = "embargo_ended", _("Embargo ended")


class CopyDecision(TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    REWORDED = "reworded", _("Reworded")
    REJECTED = "rejected", _("Rejected")


class MailStopped(TextChoices):
    """Why a report is not mailed to somebody any more."""

    BY_PERSON = "by_person", _("you stopped it")
    LEFT = "left", _("the person is not with the desk any more")
    NO_RIGHT = "no_right", _("the report is not for you any more")
    NO_ADDRESS = "no_address", _("there is no address to mail it to")
    UNCLEAR = "unclear", _("what it asks for is not understood any more")


class ImportState(TextChoices):
    """How far an import is that was sent over HTTP."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")
