"""Every form of every page, refused: all that was typed is in the answer, and in the draft, to the character."""

from dataclasses import replace
from typing import Any

import pytest
from django import forms
from django.contrib import admin

from claims.admin.piecework import seen
from claims.models import Claim, Piece, Usage
from factdesk.choosing import Chosen
from factdesk.errors import DomainError
from factdesk.people import drafts
from sources.models import Document, Sentence, Source
from tests import make
from tests.test_acts import page_of, signed_in

pytestmark = pytest.mark.django_db

ODD = " <b>Two</b> & 'three' \"four\"\r\n\t👩‍👩‍👧 \u202eright to left\u202c {{ five }} "
PAGES = (Claim, Source, Document)
FORMS = [(model, name) for model in PAGES for name, act in admin.site._registry[model].acts.items() if act.opens]


def refuse(asked: Any) -> Any:
    raise DomainError("Not today.")


@pytest.fixture
def desk() -> dict[Any, Any]:
    """A record of each page, with a part of each sort (by its sort)."""
    claim, source = make.claim(state="signed_off"), make.source()
    for figure in ("162", "180"):  # which do not agree
        make.attribution(claim, source)
        make.quantity(claim, figure, "people arrested", unit="people", place="Ulm")
    copy = make.document("Our story", kind="desk_copy")
    snapshot = make.snapshot("The gate was open.", of=copy)
    stands = make.claim(priority="must", state="in_review")
    make.attribution(stands, document=copy)
    stands.refresh_from_db()
    make.assessment(stands)
    piece = Piece.objects.create(document=copy)
    change = {"passage": make.passage(snapshot), "proposed_by": make.user(), "reason": "x"}
    return {
        Claim: claim, Source: source, Document: copy, "quantity": make.quantity(claim),
        "attribution": claim.attributions.first(), "evidence": make.evidence(claim),
        "accusation": make.accusation(claim), "relation": claim.relations.create(kind="repeats", other=make.claim()),
        "annotation": claim.annotations.create(kind="comment", body="x", by=make.user()),
        "usage": Usage.objects.create(claim=claim, revision=1, url="https://example.org"),
        "affiliation": make.affiliation(source, make.source(kind="organization")),
        "sentence": Sentence.objects.create(snapshot=snapshot, start=0, end=5), "piece": piece,
        "change": piece.changes.create(**change), "open": seen(stands), "folder": piece,
        "in_folder": piece.folder.create(document=make.document(), by=make.user()),
    }  # fmt: skip


def something(field: forms.Field) -> str | list[str]:
    """What somebody might put into this field: odd where anything goes."""
    if isinstance(field, forms.MultipleChoiceField):
        return [str(value) for value, label in field.choices][:2]
    if isinstance(field, forms.ModelChoiceField):
        return str(make.user("editor").pk)
    if isinstance(field, forms.ChoiceField):
        flat = [one for value, label in field.choices for one in (label if isinstance(label, list) else [(value, "")])]
        return next(str(value) for value, label in reversed(flat) if value != "")
    for kind, value in (
        (forms.BooleanField, "on"), (forms.DateField, "2026-11-14"), (forms.DateTimeField, "2026-11-14T09:30"),
        (forms.IntegerField, "2"), (forms.DecimalField, "90.0"), (forms.URLField, "https://example.org/1"),
    ):  # fmt: skip
        if isinstance(field, kind):
            return value
    longest = getattr(field, "max_length", None)
    return ODD[:longest] if longest else ODD


@pytest.mark.parametrize(("model", "name"), FORMS, ids=[f"{model.__name__}-{name}" for model, name in FORMS])
def test_a_refused_form_comes_back_as_it_was_sent_and_is_kept(model, name, desk, monkeypatch):
    page = admin.site._registry[model]
    act = page.acts[name]
    monkeypatch.setitem(page.acts, name, replace(act, call=refuse))
    person = make.user("legal" if act.rights == ("legal_hold",) else "chief")
    record, part = desk[model], desk.get(act.part)
    address = f"{page_of(record)}?do={name}" + (f"&of={part.pk}" if part else "")
    browser = signed_in(person)
    context = browser.get(address).context
    fields = context["doing"]["form"].fields
    typed: dict[str, Any] = {}
    for field, kind in fields.items():
        if isinstance(kind, Chosen):
            found = {"claim": desk[Claim], "document": desk[Document], "source": desk[Source]}.get(kind.finder.sort)
            typed[f"{field}_words"] = f"#{found.pk}" if found else f"#{desk['change'].passage_id}"
        elif not isinstance(kind, forms.FileField):  # no browser gives a file back
            typed[field] = something(kind)
    sent = {name: str(number) for name, number in context["seen"].items()} | typed
    answer = browser.post(address, {**sent, "draft_seal": context["doing"]["seal"], "part_version": "1"})
    shown = answer.context["doing"]
    assert answer.status_code in (400, 409), answer.status_code
    assert (answer.status_code == 409) == ("refused" in shown), shown["form"].errors
    for field, kind in fields.items():
        if not isinstance(kind, Chosen | forms.FileField):
            value = shown["form"][field].data
            assert (value if isinstance(value, list) else str(value or "")) == typed[field] or value is True, field
    kept = drafts.of(person, f"{model._meta.model_name}:{record.pk}:{name}" + (f":{part.pk}" if part else ""))
    assert {field: kept.typed[field] for field in typed} == {
        field: value if isinstance(value, list) else [value] for field, value in typed.items()
    }
