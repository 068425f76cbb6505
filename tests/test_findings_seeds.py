"""What the record asks of the five articles and of the demonstration, literally."""

from pathlib import Path

import pytest

from claims import findings
from claims.models import Claim
from tests import make
from tests.dossier_example import PROJECT, holding

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SEEDS = sorted(Path(PROJECT, "seeds").glob("0*.yaml"))
TOWN = sorted(Path(PROJECT, "seeds", "demo").glob("*.yaml"))
five, town = holding(*SEEDS), holding(*TOWN)

# Written down after reading the articles and the record files. The texts of the five are not held here: what only words
# can tell is not known of them.
OF_THE_FIVE = [
    ("no_base", "000/assaults-up-500-percent",
     "A change of 500 % (assaults on ICE agents, increase): from which number is not said."),
    ("headline_differs", "001/headline-162-arrested 001/arrests-in-operation",
     "162 people in the heading, more than 162 people in the body (people arrested in the ICE operation). No number is "
     "both. Not worded alike: where (Los Angeles / Los Angeles area)."),
    ("measure_differs", "001/headline-53-released 001/detainers-53",
     "53 twice, of two things: people released before the ICE operation (Liberty Headlines); arrest cases in which ICE "
     "had filed a detainer (Immigration and Customs Enforcement)."),
    ("share_mismatch", "001/convictions-share 001/marin-143-fewer 001/arrests-in-operation",
     "90 % of more than 162 people = more than 145.8; 143 is given by David Marin. 143 of 162 would be 88.3 %."),
    ("wording_drift", "002/people-seized-unidentified",
     "Los Angeles Police Department hedges it (“indicated”), Los Angeles Times does not."),
]  # fmt: skip
QUIET_IN_THE_FIVE = [
    ("other_scope", "003/county-handed-over-in-may 003/county-handed-over-in-june",
     "8 people and 12 people (people handed over from jails to federal agents). They need not contradict each other; "
     "they differ in when (May / June)."),
]  # fmt: skip
OF_THE_TOWN = [
    ("share_mismatch", "council/homes-without-water post/homes-640",
     "60 % of 1,450 homes = 870; about 640 is given by The Three Vales Post. 640 of 1,450 would be 44.1 %."),
    ("actor_differs", "council/board-awarded-contract post/council-awarded-contract",
     "Who did it? “The Sallow River Board awarded the contract for the gate to Osmer & Dray in June 2025.” and “"
     "Thurlode Town Council awarded the contract for the gate to Osmer & Dray in June 2025.”"),
    ("differs", "council/contract-204000 post/contract-240000",
     "Thurlode Town Council: 204,000 GBP; The Three Vales Post: 240,000 GBP (price of the contract for the mill gate). "
     "No number is both."),
    ("differs", "lantern/firm-absent-since-may post/contract-240000",
     "Jonas Threlby: 204,000 GBP; The Three Vales Post: 240,000 GBP (price of the contract for the mill gate). "
     "No number is both."),
    ("headline_differs", "post/headline-47-ill post/ill-43",
     "47 people in the heading, 43 people in the body (people who fell ill). No number is both."),
    ("wording_drift", "post/gate-would-fail",
     "Nell Sarkby hedges it (“may”), engineers in the Post’s second headline does not."),
    ("sum_mismatch", "post/ill-43",
     "18 (children) + 22 (adults) = 40; 43 people is given as the whole (people who fell ill). Of 3 nothing is said."),
    ("no_base", "post/complaints-up-300",
     "A change of 300 % (complaints about the drinking water): from which number, and since when, is not said."),
    ("quote_cut", "post/gate-safe",
     "“The gate was safe”: the original has “when it was last inspected, in May” as well."),
    ("weekday_mismatch", "post/caption-bridge-under-water", "“Saturday, 15 November”: 15 Nov 2026 is a Sunday."),
    ("date_unresolved", "radio/kettlewood-resigned",
     "“last night”: of which day is not known; neither the claim nor the material has one."),
    ("differs", "radio/ill-61 radio/more-than-300-ill",
     "Dr Aldous Fenwright, Three Vales Health Office: 61 people; whoever posted that more than 300 were ill: more than "
     "300 people (people who fell ill). No number is both. Not worded alike: where (Three Vales / not said) and when "
     "(since the flood / not said)."),
    ("date_unresolved", "radio/memo-kept-from-public",
     "“on Wednesday”: of which day is not known; neither the claim nor the material has one."),
]  # fmt: skip
QUIET_IN_THE_TOWN = {
    ("measure_differs", "post/ill-43 radio/cases-43-confirmed"),
    ("other_scope", "lantern/ill-64 post/headline-47-ill"),
    ("other_scope", "lantern/ill-64 post/ill-43"),
    ("other_scope", "lantern/ill-64 radio/ill-61"),
    ("other_scope", "post/headline-47-ill radio/ill-61"),
    ("other_scope", "post/headline-47-ill radio/more-than-300-ill"),
    ("other_scope", "post/ill-43 radio/ill-61"),
    ("other_scope", "post/ill-43 radio/more-than-300-ill"),
}


def asked(by=None, *, loud=True):
    """Each thing that is asked about any claim, once: kind, the claims concerned, and what is said."""
    keys = dict(Claim.objects.values_list("pk", "key"))
    found = findings.of(keys, by or make.user("chief"))
    each = {one.key: one for of_one in found.values() for one in of_one if one.loud == loud}

    def short(number):
        document, _, key = keys[number].partition("/")
        return f"{document.partition('_')[2] if document.startswith('demo') else document[:3]}/{key}"

    return [(one.kind, " ".join(map(short, one.claims)), one.says) for one in each.values()]


@five
def test_what_is_asked_of_the_five_articles_is_this_and_nothing_else():
    assert sorted(asked()) == sorted(OF_THE_FIVE)
    assert sorted(asked(loud=False)) == QUIET_IN_THE_FIVE


@town
def test_what_is_asked_of_the_town_is_this_and_nothing_else():
    assert sorted(asked()) == sorted(OF_THE_TOWN)
    assert {(kind, claims) for kind, claims, says in asked(loud=False)} == QUIET_IN_THE_TOWN


@five
def test_each_claim_concerned_is_told_the_same():
    claims = Claim.objects.filter(key__endswith="/convictions-share") | Claim.objects.filter(key__endswith="-143-fewer")
    chief = make.user("chief")
    one, other = (findings.of([claim.pk], chief)[claim.pk] for claim in claims)
    assert [found.kind for found in one] == [found.kind for found in other] == ["share_mismatch"]
    assert one[0].key == other[0].key
