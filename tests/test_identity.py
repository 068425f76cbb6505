"""Protecting a source through the desk's functions: what goes where, who may, who knows, and who is told the name."""

from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connection, transaction

from factdesk.context import acting, declare
from factdesk.errors import BadInput, DomainError, NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
from sources import editing, identity, merging
from sources.models import IdentityDisclosure, KnownTo, ProtectedIdentity, ProtectedName, Source, names
from tests import make
from tests.attacks import opened, refused

pytestmark = pytest.mark.django_db

NAME, ALIAS, REAL = "Petra Unknown", "Pet the Baker", "Petra Ludmila Unknown"
ROLES = ["reader", "reporter", "checker", "editor", "legal"]


@pytest.fixture
def kept(settings):
    """The operator lets names be kept."""
    settings.ENV = replace(settings.ENV, protected_names=True)


@pytest.fixture
def chief():
    return make.user("chief")


def petra(**facts) -> Source:
    made = make.source(
        facts.pop("name", NAME),
        aliases=[ALIAS],
        description=f"{NAME}, a baker",
        key=facts.pop("key", "s/petra"),
        **facts,
    )
    with acting(by=make.user(), why=f"It is {NAME} after all."):
        Source.objects.filter(pk=made.pk).update(headcount=None, kind="person", aliases=[ALIAS, "Pet"])
    declare()  # the rest of the test's transaction has no such reason
    made.refresh_from_db()
    return made


def protect(source: Source, by, **said) -> identity.Protected:
    said = {"code_name": "Falcon", "terms": "Never named.", "known_to": [], "why": "Would lose her job."} | said
    return identity.protect(source_id=source.pk, version=source.version, by=by, **said)


def holding(*words: str) -> list[str]:
    """The tables that the application can read in which one of these words stands, in whatever column."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model is not ProtectedName and model._meta.managed and not model._meta.proxy:
                cursor.execute(
                    f'SELECT count(*) FROM "{model._meta.db_table}" t WHERE EXISTS'
                    " (SELECT FROM unnest(%s::text[]) w WHERE strpos(lower(t::text), lower(w)) > 0)",
                    [list(words)],
                )
                if cursor.fetchone() != (0,):
                    found.append(model._meta.db_table)
    return found


# --- protecting ---


@pytest.mark.parametrize("switch", [True, False])
def test_what_a_source_was_called_is_in_no_table_any_more(settings, chief, switch):
    settings.ENV = replace(settings.ENV, protected_names=switch)
    source = petra()
    assert holding(NAME) == ["sources_source", "sources_sourceevent"]
    made = protect(source, chief, real_name=REAL, contact="at the bridge")
    assert holding(NAME, ALIAS, REAL, "petra", "the bridge") == []
    source.refresh_from_db()
    assert (source.name, source.identity, source.aliases) == ("Falcon", "protected", [])
    assert (source.description, source.key, made.places, made.kept) == ("", None, [], switch)
    assert identity.is_kept(made.terms.pk) == switch
    assert (made.terms.terms, made.terms.approved_by) == ("Never named.", chief)


def test_its_history_goes_on_under_the_code_name(chief, sql):
    source = petra()
    protect(source, chief)
    events = sql("SELECT name, aliases, description, key, pgh_context->>'why' FROM sources_sourceevent ORDER BY pgh_id")
    assert events == [("Falcon", [], "", None, None)] * 2 + [("Falcon", [], "", None, "Would lose her job.")]


def test_the_history_of_others_does_not_say_with_whom_it_was_merged(chief, sql):
    source, other = petra(), make.source("P. Unknown")
    Source.objects.filter(pk=source.pk).update(merged_into=other)
    Source.objects.filter(pk=source.pk).update(merged_into=None)
    Source.objects.filter(pk=other.pk).update(merged_into=source)
    Source.objects.filter(pk=other.pk).update(merged_into=None)
    source.refresh_from_db()
    protect(source, chief)
    assert sql("SELECT count(*) FROM sources_sourceevent WHERE merged_into_id IS NOT NULL") == [(0,)]


def test_search_does_not_find_it_by_its_name(chief):
    source = petra()
    assert Source.objects.matching("Petra").exists()
    protect(source, chief)
    assert not Source.objects.matching("Petra").exists()
    assert Source.objects.matching("falcon").get() == source


@pytest.mark.django_db(transaction=True)
def test_the_planners_samples_do_not_hold_it(chief, sql, owner):
    source = petra()
    for number in range(30):
        make.source(f"{NAME} {number}")
    owner.execute("ANALYZE sources_source, sources_sourceevent")
    sampled = "SELECT count(*) FROM pg_stats WHERE strpos(coalesce(histogram_bounds::text, '') ||" \
        " coalesce(most_common_vals::text, '') || coalesce(most_common_elems::text, ''), %s) > 0"  # fmt: skip
    assert sql(sampled, [ALIAS]) != [(0,)]
    Source.objects.exclude(pk=source.pk).update(name="Somebody")
    protect(source, chief)
    assert sql(sampled, [ALIAS]) == [(0,)]


def test_a_source_without_a_name_keeps_its_description(chief, kept):
    source = make.source("A police commander", identity="unnamed", description="Of the night shift.", key="commander")
    made = protect(source, chief, code_name="A police commander", real_name=REAL)
    source.refresh_from_db()
    assert (source.name, source.description, source.key) == ("A police commander", "Of the night shift.", "commander")
    assert made.kept
    make.claim("A police commander said so.")
    with refused("text_names_a_protected_source"):
        make.claim(f"{REAL} said so.")


@pytest.mark.parametrize(
    ("key", "stays"),
    [("s/petra", False), ("unknown_p", False), ("PETRA.UNKNOWN", False), ("the_baker", False), ("s/14", True)],
)
def test_a_key_that_holds_a_word_of_the_name_goes(chief, key, stays):
    source = petra(key=key)
    protect(source, chief)
    source.refresh_from_db()
    assert source.key == (key if stays else None)


@pytest.mark.parametrize("place", ["code_name", "terms", "why", "description"])
@pytest.mark.parametrize("words", [NAME, f"It is {REAL.upper()}.", f"Called {ALIAS}.", "Pétra  Ünknown"])
def test_what_is_said_in_its_place_does_not_hold_the_name(chief, place, words):
    source = petra()
    with pytest.raises(BadInput) as told:
        protect(source, chief, real_name=REAL, **{place: words})
    [problem] = told.value.problems
    assert (problem["path"], problem["code"]) == (place, "holds_the_name")
    assert words not in f"{told.value} {problem}"
    source.refresh_from_db()
    assert source.identity == "named"
    assert not ProtectedIdentity.objects.exists()


def test_a_name_too_short_to_be_looked_for_is_no_code_name_either(chief):
    with pytest.raises(BadInput):
        protect(make.source("Al"), chief, code_name="AL")


@pytest.mark.parametrize("role", ROLES)
def test_only_a_chief_protects_and_names_again(role, chief):
    source, by = petra(), make.user(role)
    with pytest.raises(NotAllowed):
        protect(source, by)
    made = protect(source, chief).terms
    person = make.user()
    known = identity.tell(protection_id=made.pk, person_id=person.pk, by=chief)
    source.refresh_from_db()
    for change in (
        lambda: identity.tell(protection_id=made.pk, person_id=by.pk, by=by),
        lambda: identity.untell(known_id=known.pk, version=known.version, by=by, because="x"),
        lambda: identity.change_terms(protection_id=made.pk, version=made.version, by=by, terms="x", why="x"),
        lambda: identity.unprotect(source_id=source.pk, version=source.version, by=by, name="x", because="x"),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert KnownTo.objects.filter(withdrawn_at=None).count() == 1
    source.refresh_from_db()
    assert source.identity == "protected"


def test_protecting_asks_for_a_reason_and_for_the_version_that_was_seen(chief):
    source = petra()
    with pytest.raises(ReasonNeeded):
        protect(source, chief, why=" ")
    Source.objects.filter(pk=source.pk).update(kind="organization")
    with pytest.raises(StaleVersion):
        protect(source, chief)
    with pytest.raises(NoSuchRecord):
        identity.protect(source_id=0, version=1, by=chief, code_name="x", terms="", known_to=[], why="x")


def test_nobody_is_protected_twice_nor_who_is_nobody(chief):
    source = petra()
    protect(source, chief)
    source.refresh_from_db()
    for one in (source, make.source("It is said", identity="unstated")):
        with pytest.raises(identity.CannotBeProtected):
            protect(one, chief)


def test_what_is_merged_is_freed_first(chief):
    source, other = petra(), make.source("P. Unknown")
    Source.objects.filter(pk=other.pk).update(merged_into=source)
    for one in (source, other):
        one.refresh_from_db()
        with pytest.raises(identity.CannotBeProtected):
            protect(one, chief)
    other.refresh_from_db()
    merging.free(source_id=other.pk, version=other.version, by=chief, because="Another.")
    protect(source, chief)


def test_a_source_that_was_made_under_a_code_name_gets_terms(chief, kept):
    source = make.source("Heron", identity="protected")
    made = protect(source, chief, code_name="Heron", real_name=NAME)
    assert made.kept
    assert identity.is_kept(made.terms.pk)


def test_no_way_round_through_editing_and_merging(chief):
    source, other, checker = petra(), make.source("Somebody"), make.user("checker")
    for by in (checker, chief):
        with pytest.raises(NotAllowed):
            editing.edit_source(source_id=source.pk, version=source.version, by=by, columns={"identity": "protected"})
        with pytest.raises(NotAllowed):
            editing.add_source(by=by, columns={"name": "x", "kind": "person", "identity": "protected"})
    protect(source, chief)
    source.refresh_from_db()
    with pytest.raises(NotAllowed):
        editing.edit_source(source_id=source.pk, version=source.version, by=checker, columns={"name": NAME})
    with pytest.raises(NotAllowed):
        editing.edit_source(source_id=source.pk, version=source.version, by=chief, columns={"identity": "named"})
    renamed = editing.edit_source(source_id=source.pk, version=source.version, by=chief, columns={"name": "Kestrel"})
    assert renamed.name == "Kestrel"
    for one, into in ((renamed, other), (other, renamed)):
        with pytest.raises(merging.OneIsProtected):
            merging.merge(source_id=one.pk, into_id=into.pk, version=one.version, by=chief, because="Same.")
    heron = make.source("Heron", identity="protected")
    merging.merge(source_id=heron.pk, into_id=renamed.pk, version=heron.version, by=chief, because="Same.")


def test_the_statement_that_carries_a_name_does_not_show_it():
    shown = names.beside("SELECT query, %s::text FROM pg_stat_activity WHERE pid = pg_backend_pid()", [NAME])
    [[statement, carried]] = shown
    assert carried == NAME
    assert NAME not in statement


# --- where it still stands ---


def test_where_the_name_still_stands_is_told_by_place(chief, kept):
    source, claim = petra(), make.claim(f"{NAME} closed the bakery.")
    note = make.quantity(claim, note=f"Says {NAME.upper()}").pk
    make.claim("It was closed.", topics=["bread", NAME])
    tagged = make.claim("Another.", topics=["bread", "petra", "unknown"])
    interview, article = make.document("An interview", "interview"), make.document(f"{NAME} closes", "article")
    held, printed = make.snapshot(f"{NAME}: I closed it.", of=interview), make.snapshot(f"{NAME} says", of=article)
    made = protect(source, chief)
    found = {(place.table, place.column, place.number) for place in made.places if not place.in_history}
    assert found == {
        ("claims_claim", "statement", claim.pk),
        ("claims_claim", "topics", tagged.pk - 1),
        ("claims_quantity", "note", note),
        ("sources_snapshot", "text", held.pk),
    }
    assert printed.pk not in [place.number for place in made.places if place.table == "sources_snapshot"]
    past = {(place.table, place.column) for place in made.places if place.in_history}
    assert past == {("claims_claim", "statement"), ("claims_claim", "topics"), ("claims_quantity", "note")}
    assert NAME not in str(made.places)
    knows = make.user()
    with pytest.raises(NotAllowed):
        identity.places(protection_id=made.terms.pk, by=knows)
    identity.tell(protection_id=made.terms.pk, person_id=knows.pk, by=chief)
    assert set(identity.places(protection_id=made.terms.pk, by=knows)) == set(made.places)
    type(claim).objects.filter(pk=claim.pk).update(statement="The bakery was closed.")
    left = identity.places(protection_id=made.terms.pk, by=chief)
    assert ("claims_claim", "statement", claim.pk, False) not in left
    assert ("claims_claim", "statement", claim.pk, True) in left


# --- terms, and who knows ---


def test_who_knows_is_told_and_untold(chief):
    made = protect(petra(), chief, known_to=[chief]).terms
    person = make.user()
    assert not identity.may_ask(protection_id=made.pk, person=person)
    known = identity.tell(protection_id=made.pk, person_id=person.pk, by=chief)
    assert identity.may_ask(protection_id=made.pk, person=person)
    with pytest.raises(identity.KnowsAlready):
        identity.tell(protection_id=made.pk, person_id=person.pk, by=chief)
    with pytest.raises(NoSuchRecord):
        identity.tell(protection_id=made.pk, person_id=make.user(is_active=False).pk, by=chief)
    with pytest.raises(StaleVersion):
        identity.untell(known_id=known.pk, version=known.version + 1, by=chief, because="Left.")
    identity.untell(known_id=known.pk, version=known.version, by=chief, because="Left.")
    assert not identity.may_ask(protection_id=made.pk, person=person)
    identity.tell(protection_id=made.pk, person_id=person.pk, by=chief)
    assert identity.may_ask(protection_id=made.pk, person=person)


def test_terms_are_changed_by_whoever_approves_the_new_ones(chief):
    made, other = protect(petra(), chief).terms, make.user("chief")
    changed = identity.change_terms(
        protection_id=made.pk, version=made.version, by=other, terms="Not before May.", why="She asked."
    )
    assert (changed.terms, changed.approved_by) == ("Not before May.", other)
    event = changed.events.latest("pgh_id")
    assert (event.terms, event.pgh_context["why"]) == ("Not before May.", "She asked.")


def test_a_source_is_named_again(chief, kept):
    source, person = petra(), make.user()
    made = protect(source, chief, known_to=[person]).terms
    with refused("text_names_a_protected_source"):
        make.claim(f"{NAME} said so.")
    source.refresh_from_db()
    named = identity.unprotect(
        source_id=source.pk, version=source.version, by=chief, name=NAME, because=f"{NAME} went public."
    )
    assert (named.name, named.identity) == (NAME, "named")
    assert not identity.is_kept(made.pk)
    assert not identity.may_ask(protection_id=made.pk, person=person)
    make.claim(f"{NAME} said so.")
    made.refresh_from_db()
    assert (made.withdrawn_because, made.in_force) == (f"{NAME} went public.", None)
    with pytest.raises(identity.NotProtected):
        identity.unprotect(source_id=source.pk, version=named.version, by=chief, name="x", because="x")
    again = protect(named, chief, code_name="Heron", known_to=[person])
    assert again.terms == made
    assert identity.is_kept(made.pk)
    assert identity.may_ask(protection_id=made.pk, person=person)
    assert ("sources_protectedidentity", "withdrawn_because", made.pk, True) in again.places


# --- the name ---

apart = pytest.mark.django_db(transaction=True)


@apart
def test_the_name_is_told_to_those_who_know_and_the_log_has_it(chief, kept):
    person, other = make.user(), make.user("editor")
    made = protect(petra(), chief, real_name=REAL, contact="at the bridge", known_to=[person]).terms
    for by in (person, chief):
        told = identity.reveal(protection_id=made.pk, by=by, reason="To call her.")
        assert told == (REAL, "at the bridge")
    with pytest.raises(NotAllowed):
        identity.reveal(protection_id=made.pk, by=other, reason="Curious.")
    log = IdentityDisclosure.objects.order_by("pk").values_list("by", "reason")
    assert list(log) == [(person.pk, "To call her."), (chief.pk, "To call her.")]


@apart
def test_a_reason_is_asked_for_and_does_not_hold_the_name(chief, kept):
    made = protect(petra(), chief).terms
    with pytest.raises(ReasonNeeded):
        identity.reveal(protection_id=made.pk, by=chief, reason=" ")
    with pytest.raises(DomainError) as told:
        identity.reveal(protection_id=made.pk, by=chief, reason=f"To call {NAME}.")
    assert told.value.code == "text_names_a_protected_source"
    assert NAME not in str(told.value)
    assert not IdentityDisclosure.objects.exists()


@apart
def test_the_name_is_not_told_inside_a_transaction(chief, kept):
    made = protect(petra(), chief).terms
    with transaction.atomic(), pytest.raises(RuntimeError):
        identity.reveal(protection_id=made.pk, by=chief, reason="To call her.")
    assert not IdentityDisclosure.objects.exists()


@apart
def test_a_name_that_is_not_kept_is_not_asked_for(chief):
    made = protect(petra(), chief, real_name=REAL, contact="at the bridge").terms
    with pytest.raises(identity.NameNotKept):
        identity.reveal(protection_id=made.pk, by=chief, reason="To call her.")
    assert not IdentityDisclosure.objects.exists()
    with opened("owner") as session:
        assert session.execute("SELECT count(*) FROM sources_protectedname").fetchone() == (0,)


@apart
def test_protecting_waits_for_who_writes_and_gives_up_in_the_end(chief, kept, monkeypatch):
    source = petra()
    monkeypatch.setattr(identity, "PATIENCE", "200ms")
    with opened() as writer:
        writer.execute("INSERT INTO claims_claim (statement, kind) VALUES ('Something.', 'event')")
        with pytest.raises(identity.DeskIsBusy):
            protect(source, chief)
    protect(source, chief)
    source.refresh_from_db()
    assert source.is_protected
