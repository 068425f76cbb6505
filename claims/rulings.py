"""What an editor decides on something that the record worked out (DOMAIN.md §3): append-only, lapsing with its key."""

from django.db import connection

from claims.locking import held
from claims.models import Attribution, Ruling
from claims.vocabularies import RulingAbout
from factdesk.change import change, may
from factdesk.context import acting
from factdesk.errors import NoSuchRecord
from factdesk.people.models import User
from sources.anchoring import sentence_key
from sources.models import Sentence


@change
def rule_on_origins(
    *, claim_id: int, first: int, second: int, decision: str, reason: str, by: User, version: int | None = None
) -> Ruling:
    """Two origin hops of a claim are ``independent`` or ``one_origin``, whatever the record says.

    The ruling lapses when what was looked at changes (the sources behind the hops, and what ties them).
    """
    first, second = sorted([first, second])
    with held(claim_id, by=by, right="rule", version=version, why=reason):
        hops = Attribution.objects.filter(claim=claim_id, pk__in=[first, second], withdrawn_at__isnull=True)
        missing = {first, second} - set(hops.values_list("pk", flat=True))
        if missing or first == second:
            raise NoSuchRecord("hop of this claim", min(missing or {first}))
        with connection.cursor() as cursor:
            cursor.execute("SELECT claims_origin_key(%s, %s)", [first, second])
            key: str = cursor.fetchone()[0]
        return Ruling.objects.create(
            about=RulingAbout.ORIGINS,
            claim_id=claim_id,
            first_id=first,
            second_id=second,
            key=key,
            decision=decision,
            reason=reason,
            by=by,
        )


@change
def rule_out(*, sentence_id: int, decision: str, by: User, reason: str = "") -> Ruling:
    """A sentence needs no claim (a word of ``SentenceRuling``), or is ``checkable`` after all."""
    may(by, "edit")
    with acting(by=by, why=reason):
        sentence = Sentence.objects.select_related("snapshot").filter(pk=sentence_id).first()
        if sentence is None:
            raise NoSuchRecord("sentence", sentence_id)
        key = sentence_key(sentence.snapshot.sha256, sentence.start, sentence.end)
        return Ruling.objects.create(
            about=RulingAbout.SENTENCE, sentence=sentence, key=key, decision=decision, reason=reason, by=by
        )
