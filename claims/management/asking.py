"""What somebody named on the command line: a record by its key or number, or a message that helps."""

from django.core.management.base import CommandError
from django.db.models import Q, QuerySet

from claims.models import Claim
from factdesk.people.accounts import desk_user
from factdesk.people.models import User
from sources.models import Document


def document_called(asked: str) -> Document:
    """The document of this key or number. Raises CommandError where there is none."""
    document = Document.objects.filter(_named(asked)).first()
    if document is None:
        raise CommandError(f"There is no document {asked}.{_hint(Document.objects.filter(key__startswith=asked[:4]))}")
    return document


def claim_called(asked: str) -> Claim:
    """The claim of this key or number. Raises CommandError where there is none."""
    claim = Claim.objects.filter(_named(asked)).first()
    if claim is None:
        raise CommandError(f"There is no claim {asked}.{_hint(Claim.objects.filter(key__endswith=f'/{asked}'))}")
    return claim


def importer(username: str | None) -> User:
    """The person of this name, or the desk itself. Raises CommandError where there is none."""
    if username is None:
        return desk_user()
    found = User.objects.filter(username=username).first()
    if found is None:
        raise CommandError(f"There is no user {username}.")
    return found


def _named(asked: str) -> Q:
    number = asked.isascii() and asked.isdigit() and len(asked) < 19
    return Q(key=asked) | Q(pk=int(asked)) if number else Q(key=asked)


def _hint(near: QuerySet[Claim] | QuerySet[Document]) -> str:
    keys = [str(key) for key in near.values_list("key", flat=True)[:5]]
    return f" Did you mean {', '.join(keys)}?" if keys else ""
