"""Protected sources (rule 12): a chief keeps a name secret, says who knows it, and gives it back.

The bargain: what a source was called is in no table, history or statistic any more once it is protected. Where the
operator lets names be kept (FACTDESK_PROTECTED_NAMES) it is in a table that the application cannot read, is read
through one logged function, and no free text that holds it is taken. Where not, it is simply gone: of a digest one
could ask "was it she?" as well as of the name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection
from django.utils import timezone

from factdesk.change import change, locked, may, say_why, write
from factdesk.context import acting
from factdesk.errors import BadInput, DomainError, NoSuchRecord, NotAllowed
from factdesk.people.models import KeptAnswer, User
from sources.models import IdentityDisclosure, KnownTo, ProtectedIdentity, Source, names
from sources.models.secrecy import LOCK
from sources.models.source import Identity

#: PostgreSQL's code for a lock that was waited for in vain
LOCK_NOT_AVAILABLE = "55P03"
#: the code of a refusal: a text holds a name that is protected
NAMES_SOMEBODY = "text_names_a_protected_source"
#: so long whoever protects waits for those who write; those who come meanwhile wait behind, and have more patience
PATIENCE = "5s"
#: so many of those who asked for a name are listed
MOST_ASKED = 50


class CannotBeProtected(DomainError):
    """The source is protected already, is merged with others, or is nobody that the desk could know."""

    code = "cannot_be_protected"


class NotProtected(DomainError):
    """There are no terms of protection in force."""

    code = "not_protected"


class KnowsAlready(DomainError):
    """The person is among those who know."""

    code = "knows_already"


class NameNotKept(DomainError):
    """The desk does not hold the name."""

    code = "name_not_kept"
    status = 404


class DeskIsBusy(DomainError):
    """Texts are being written that might hold the name; in a moment they are done."""

    code = "desk_is_busy"
    status = 503


class Protected(NamedTuple):
    """``places`` are those where the name still stands; ``kept``: whether it is in the database for those who know."""

    terms: ProtectedIdentity
    places: list[names.Place]
    kept: bool


class RealName(NamedTuple):
    """What a protected source is called, and how it is reached (empty: not given)."""

    name: str
    contact: str


# --- protecting ---


def protect(
    *,
    source_id: int,
    version: int,
    by: User,
    code_name: str,
    terms: str,
    known_to: Iterable[User],
    why: str,
    real_name: str = "",
    contact: str = "",
    description: str = "",
) -> Protected:
    """Keep secret who a source is. From now on it goes by ``code_name``; aliases go, and so does a description that is
    not given anew, unless the source never had a name. What is secret is ``real_name`` and, of a named source, its name
    and aliases. The places where that still stands are searched for afterwards, since the desk goes on meanwhile.

    Raises :class:`CannotBeProtected`, BadInput where the name stands in what is said here, :class:`DeskIsBusy`.
    """
    made, hidden, kept = _protect(
        source_id=source_id,
        version=version,
        by=by,
        public={"name": code_name.strip(), "description": description.strip()},
        terms=terms,
        known_to=list(known_to),
        secret=(real_name.strip(), contact.strip()),
        why=why,
    )
    return Protected(made, names.search("sources_places(sources_sought(%s), sources_hint(%s))", [hidden, hidden]), kept)


@change
def _protect(
    *,
    source_id: int,
    version: int,
    by: User,
    public: dict[str, str],
    terms: str,
    known_to: Sequence[User],
    secret: tuple[str, str],
    why: str,
) -> tuple[ProtectedIdentity, list[str], bool]:
    may(by, "protect")
    say_why(why)
    with acting(by=by, why=why):
        _alone()
        source: Source = locked(Source.objects.visible_to(by), source_id, version, "source")
        _refuse_what_is_not_to_protect(source)
        hidden = _names(source, secret[0])
        _refuse_names_in({**public, "terms": terms, "why": why}, hidden)
        if source.identity != Identity.NAMED and not public["description"]:
            public = {**public, "description": "" if names.held_in(source.description, hidden) else source.description}
        key = None if source.key and names.tells(source.key, hidden) else source.key
        write(source, {**public, "aliases": [], "key": key, "identity": Identity.PROTECTED})
        KeptAnswer.objects.all().delete()  # one of them may tell the name again, to whoever asked with the same key
        made = _terms(source, terms, by)
        for person in known_to:
            KnownTo.objects.create(protection=made, person=person)
        kept = bool(hidden) and settings.ENV.protected_names
        if kept:
            names.beside(
                "INSERT INTO sources_protectedname (protection_id, real_name, other_names, contact)"
                " VALUES (%s, %s, %s, %s)",
                [made.pk, hidden[0], hidden[1:], secret[1]],
            )
        return made, hidden, kept


def _alone() -> None:
    """Wait until nobody is writing free text, and let nobody begin: a name that is written just now would be missed."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        raise DeskIsBusy("Much is being written just now, an import perhaps. Try again when it is done.") from error


def _refuse_what_is_not_to_protect(source: Source) -> None:
    if source.identity == Identity.UNSTATED:
        raise CannotBeProtected("Nobody is known to stand behind this source: there is nobody to protect.")
    if source.identity == Identity.PROTECTED and _in_force(source.pk):
        raise CannotBeProtected("This source is protected already.")
    if source.merged_into_id or source.merged.exists():
        raise CannotBeProtected("This source is merged with others, which would tell who it is. Free them first.")


def _names(source: Source, real_name: str) -> list[str]:
    """What is secret, the real name first."""
    known = [source.name, *source.aliases] if source.identity == Identity.NAMED else []
    return list(dict.fromkeys(name for name in (real_name, *known) if name.strip()))


def _refuse_names_in(said: dict[str, str], hidden: list[str]) -> None:
    """Raise BadInput, without repeating it, where what is said to the desk holds a name that is to be kept secret."""
    same = {name.casefold() for name in hidden}
    places = {"name": "code_name"}
    problems = [
        {"path": places.get(place, place), "code": "holds_the_name", "message": "This holds the name that is secret."}
        for place, words in said.items()
        if words.casefold() in same or names.held_in(words, hidden)
    ]
    if problems:
        raise BadInput("The name stands in what everybody, or the history, will be told.", problems)


def _terms(source: Source, terms: str, by: User) -> ProtectedIdentity:
    """New terms; those of an earlier protection come into force again, changed."""
    earlier = ProtectedIdentity.objects.filter(source=source).first()
    if earlier is None:
        return ProtectedIdentity.objects.create(source=source, terms=terms, approved_by=by)
    write(earlier, {"terms": terms, "approved_by_id": by.pk, "withdrawn_at": None, "withdrawn_because": ""})
    return earlier


def leave_to_chiefs(*, by: User, source: Source | None, columns: Mapping[str, Any]) -> None:
    """Before a source is made or edited: nobody makes one protected, or named again, by writing its columns, and what a
    protected source is called in public is for those to say who protect. Raises NotAllowed.
    """
    is_protected = source is not None and source.identity == Identity.PROTECTED
    becomes = columns.get("identity", Identity.PROTECTED if is_protected else None) == Identity.PROTECTED
    if becomes != is_protected:
        raise NotAllowed("A source is protected, and named again, by a function of its own.", needed=["protect"])
    if is_protected:
        may(by, "protect")


# --- terms, and who knows ---


class Protection(NamedTuple):
    """What those who may ask for a name see of a source's protection; ``asked`` is newest first."""

    terms: ProtectedIdentity
    known_to: list[KnownTo]
    kept: bool
    asked: list[IdentityDisclosure]


def protection_of(*, source_id: int, person: User) -> Protection | None:
    """The terms in force, who knows, and who asked; None where there are none, or this person may not ask."""
    held = ProtectedIdentity.objects.filter(source=source_id, withdrawn_at__isnull=True).select_related("approved_by")
    terms = held.first()
    if terms is None or not may_ask(protection_id=terms.pk, person=person):
        return None
    known = KnownTo.objects.filter(protection=terms, withdrawn_at__isnull=True)
    asked = IdentityDisclosure.objects.filter(protection=terms).select_related("by").order_by("-pk")
    return Protection(
        terms, list(known.select_related("person").order_by("pk")), is_kept(terms.pk), list(asked[:MOST_ASKED])
    )


@change
def change_terms(*, protection_id: int, version: int, by: User, terms: str, why: str) -> ProtectedIdentity:
    """Other terms for the same source; whoever changes them has approved them."""
    may(by, "protect")
    say_why(why)
    with acting(by=by, why=why):
        held = _held(protection_id, version)
        write(held, {"terms": terms, "approved_by_id": by.pk})
        return held


@change
def tell(*, protection_id: int, person_id: int, by: User, why: str = "") -> KnownTo:
    """Somebody else of the desk knows who the source is, and may ask for the name."""
    may(by, "protect")
    with acting(by=by, why=why or "told who it is"):
        held = _held(protection_id, None)
        person = User.objects.filter(pk=person_id, is_active=True).first()
        if person is None:
            raise NoSuchRecord("person", person_id)
        if KnownTo.objects.filter(protection=held, person=person, withdrawn_at__isnull=True).exists():
            raise KnowsAlready(f"{person.username} knows already.")
        return KnownTo.objects.create(protection=held, person=person)


@change
def untell(*, known_id: int, version: int, by: User, because: str) -> KnownTo:
    """Somebody may not ask for the name any more. What they know they know."""
    may(by, "protect")
    say_why(because)
    with acting(by=by, why=because):
        rows = KnownTo.objects.filter(withdrawn_at__isnull=True)
        known: KnownTo = locked(rows, known_id, version, "person who knows")
        write(known, {"withdrawn_at": timezone.now(), "withdrawn_because": because})
        return known


@change
def unprotect(*, source_id: int, version: int, by: User, name: str, because: str, description: str = "") -> Source:
    """The source is named again. Who knew is a thing of the past, and the name and contact that were kept are deleted.

    The code name stays in history, beside the name: that is what it means to name a source.
    """
    may(by, "protect")
    say_why(because)
    with acting(by=by, why=because):
        source: Source = locked(Source.objects.visible_to(by), source_id, version, "source")
        if source.identity != Identity.PROTECTED:
            raise NotProtected("This source is not protected.")
        if source.merged_into_id or source.merged.exists():
            raise CannotBeProtected("This source is merged with others that are protected. Free them first.")
        gone = {"withdrawn_at": timezone.now(), "withdrawn_because": because}
        held = _in_force(source_id)
        if held:
            write(held, gone)
            KnownTo.objects.filter(protection=held, withdrawn_at__isnull=True).update(**gone)
        write(source, {"identity": Identity.NAMED, "name": name.strip(), "description": description.strip()})
        return source


def _in_force(source_id: int) -> ProtectedIdentity | None:
    return ProtectedIdentity.objects.filter(source=source_id, withdrawn_at__isnull=True).first()


def _held(protection_id: int, version: int | None) -> ProtectedIdentity:
    found: ProtectedIdentity = locked(
        ProtectedIdentity.objects.filter(withdrawn_at__isnull=True), protection_id, version, "protection"
    )
    return found


# --- the name ---


def may_ask(*, protection_id: int, person: User) -> bool:
    """Whether this person may be told the name: a chief, or somebody who knows. The database asks again."""
    [[answer]] = names.beside("SELECT sources_may_ask(%s, %s)", [protection_id, person.pk])
    return bool(answer)


def is_kept(protection_id: int) -> bool:
    """Whether the desk holds the name."""
    [[answer]] = names.beside("SELECT sources_name_is_kept(%s)", [protection_id])
    return bool(answer)


def reveal(*, protection_id: int, by: User, reason: str) -> RealName:
    """The name, once it is on record that this person asked for it, and why.

    The log is committed before the name is read: inside a transaction, which could still be undone, it is not
    told. Raises NotAllowed, :class:`NameNotKept`.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A protected name is asked for, and then read: not in one transaction.")
    say_why(reason)
    if not may_ask(protection_id=protection_id, person=by):
        raise NotAllowed("This protected source is not known to you.")
    if not is_kept(protection_id):
        raise NameNotKept("The desk does not keep the name of this source.")
    disclosure = _ask(protection_id, by, reason)
    rows = names.beside("SELECT real_name, contact FROM sources_reveal_identity(%s)", [disclosure])
    if not rows:
        raise NameNotKept("The desk does not keep the name of this source.")
    return RealName(*rows[0])


@change
def _ask(protection_id: int, by: User, reason: str) -> int:
    try:
        with acting(by=by, why="asked for a protected name"):
            [[number]] = names.beside("SELECT sources_ask_identity(%s, %s, %s)", [protection_id, by.pk, reason])
    except ProgrammingError as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise NotAllowed("This protected source is not known to you.") from error
        raise
    return int(number)


# --- where a name stands ---


def places(*, protection_id: int, by: User) -> list[names.Place]:
    """Where the name that is kept stands in free text, for those who may ask for it. Never the words."""
    if not may_ask(protection_id=protection_id, person=by):
        raise NotAllowed("This protected source is not known to you.")
    return names.search("sources_places_of(%s, %s)", [protection_id, by.pk])
