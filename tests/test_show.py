"""``show``: a claim on one sheet, in the desk's words."""

import pytest
from django.core.management import CommandError, call_command

from claims.models import Claim
from tests import make
from tests.dossier_example import EXAMPLE, load

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HIDDEN = """\
The council kept the rise in cost from the public.
Allegation · Must · revision 1
Where the work stands: New
Is it so: no finding
OK to print: Not OK to print yet

Figures: none

Via
  The Fernley Courier (outlet) in Bridge costs double, The Fernley Courier
    reports · paraphrase · flat · basis: not stated · link: in the text
    marked words: [139, 175) body “The council hid it, an officer said.”
    an officer quoted in the Courier (person, unnamed) ← original source
      asserts · paraphrase · flat · basis: not stated

Original sources: 1
  1. an officer quoted in the Courier (asserts)

Warnings
  Only unnamed original sources (only_unnamed_origins)
  One original source (single_origin)

Accuses
  Fernley Town Council: not asked yet

Backing: none

Other claims
"""


def shown(capsys, claim: object) -> str:
    call_command("show", str(claim))
    return capsys.readouterr().out


def test_a_claim_is_shown_by_key_and_by_number(capsys):
    load(EXAMPLE)
    claim = Claim.objects.get(key="courier_bridge/hidden")
    sheet = shown(capsys, "courier_bridge/hidden")
    head, _, rest = sheet.partition("\n")
    assert head == f"Claim {claim.pk} · courier_bridge/hidden"
    assert rest.startswith(HIDDEN)
    assert shown(capsys, claim.pk) == sheet


def test_figures_are_shown_with_comparator_and_base(capsys):
    load(EXAMPLE)
    sheet = shown(capsys, "courier_bridge/cost-up")
    assert "4000000 USD: planned cost of the bridge" in sheet
    assert "about 90 percent: rise in cost; of what: a change from 4000000 USD" in sheet
    assert "Supports · Document in Memo on the bridge" in sheet


def test_origins_that_count_as_one_are_shown_with_the_reason(capsys):
    claim = make.claim()
    owner = make.source("North Group", "organization")
    for name in ("North Post", "North Star"):
        make.attribution(claim, make.outlet(name, owner=owner))
    sheet = shown(capsys, claim.pk)
    assert "Original sources: 1\n  1. North Post, North Star (asserts)" in sheet
    assert "counted as one: North Post and North Star: one owner: North Group" in sheet


def test_a_shared_origin_is_printed_once_and_pointed_at(capsys):
    claim = make.claim()
    root = make.attribution(claim, make.source("The council"))
    for name in ("Post", "Star"):
        make.attribution(claim, make.outlet(name), relays=root)
    sheet = shown(capsys, claim.pk)
    assert sheet.count("← original source") == 1
    assert "The council: as above" in sheet


def test_withdrawn_hops_are_not_shown(capsys):
    claim = make.claim()
    make.attribution(claim, make.source("Gone"), withdrawn_at="2025-01-01T00:00Z", withdrawn_because="wrong")
    sheet = shown(capsys, claim.pk)
    assert "Gone" not in sheet
    assert "Via: none" in sheet


def test_a_claim_that_is_not_there_is_an_error_with_a_hint():
    load(EXAMPLE)
    with pytest.raises(CommandError, match=r"There is no claim hidden\. Did you mean courier_bridge/hidden\?"):
        call_command("show", "hidden")
    with pytest.raises(CommandError, match="There is no claim 99999999999999999999999"):
        call_command("show", "99999999999999999999999")
