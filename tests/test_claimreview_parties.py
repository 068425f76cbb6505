"""Who an outlet and a claimant are for the desk: matched on a ground that is told, or made; never merged."""

import pytest

from claims import dossiers
from claims.models import Attribution
from sources.models import Document, Source
from tests import calls, make
from tests.claimreviews import outcomes, review, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def checker(db):
    return calls.caller(make.user("checker"), ["write"])


def grounds(program, body):
    return [(each["role"], each["ground"], each["name"]) for each in told(program, body)["reviews"][0]["sources"]]


def test_sources_are_matched_by_name_alias_or_address_and_told(checker):
    paper = make.outlet("EXAMPLE checks")
    ada = make.source("A. Quill", aliases=["Ada Quill"])
    assert grounds(checker, review()) == [("outlet", "name", paper.name), ("claimant", "alias", ada.name)]
    Source.objects.filter(pk=ada.pk).update(name="Dame Ada", aliases=["http://www.people.example/ada/"])
    other = review(claimReviewed="Another one.")
    assert grounds(checker, other)[1] == ("claimant", "address", "Dame Ada")
    assert Attribution.objects.values_list("speaker", flat=True).distinct().get() == ada.pk


def test_the_same_name_of_another_kind_is_somebody_else(checker):
    make.source("Example Checks", "person")
    make.source("Ada Quill", "organization")
    assert [ground for _, ground, _ in grounds(checker, review())] == ["made", "made"]


def test_the_same_name_with_another_address_is_somebody_else(checker):
    make.source("Ada Quill", aliases=["https://people.example/another-ada"])
    assert grounds(checker, review())[1] == ("claimant", "made", "Ada Quill")


def test_an_address_in_other_letters_is_another_one_but_for_its_host(checker):
    channel = make.outlet("Mill News", aliases=["https://Video.example/channel/UCab"])

    def claimant(name, path):
        author = {"@type": "NewsMediaOrganization", "name": name, "sameAs": f"https://VIDEO.example/channel/{path}"}
        body = review(url=f"https://checks.example/{path}", itemReviewed={"@type": "Claim", "author": author})
        [row] = told(checker, body)["reviews"]
        return next(
            (one["ground"], one["id"] == str(channel.pk)) for one in row["sources"] if one["role"] == "claimant"
        )

    assert claimant("Mill News TV", "UCab") == ("address", True)
    assert claimant("Gate News", "UCAB") == ("made", False)


def test_an_ambiguous_name_is_made_anew_once_and_told(checker):
    twins = [make.source("Ada Quill"), make.source("ada quill")]
    rows = [told(checker, review(claimReviewed=f"Claim {at}."))["reviews"][0] for at in range(3)]
    found = [row["sources"][1] for row in rows]
    assert (found[0]["ground"], found[0]["others"]) == ("ambiguous", [str(each.pk) for each in twins])
    assert len({each["id"] for each in found}) == 1
    assert Source.objects.filter(name__iexact="ada quill").count() == 3


def test_who_was_merged_counts_as_the_one_they_are(checker):
    root = make.source("Dame Ada")
    make.source("Ada Quill", merged_into=root)
    assert grounds(checker, review())[1] == ("claimant", "name", "Ada Quill")
    assert Attribution.objects.get().speaker == root


@pytest.mark.parametrize("identity", ["unnamed", "unstated", "protected"])
def test_nobody_is_matched_with_a_source_that_is_not_known_by_name(checker, identity):
    make.source("Ada Quill", identity=identity)
    assert grounds(checker, review())[1][1] == "made"


def test_a_claimant_whose_kind_is_not_stated_is_matched_with_whatever_bears_the_name(checker):
    make.source("Fernley", "organization")
    body = review(itemReviewed={"author": [{"name": "Fernley"}, {"name": "Nobody in particular"}]})
    assert [ground for _, ground, _ in grounds(checker, body)] == ["made", "name", "made"]
    made = Source.objects.get(name="Nobody in particular")
    assert (made.kind, "does not say what it is" in made.description) == ("person", True)


def test_a_fact_check_that_the_desk_has_is_the_page(checker):
    page = make.document("Ours", "fact_check", url=review()["url"])
    [row] = told(checker, review())["reviews"]
    assert row["document"] == str(page.pk)
    page.refresh_from_db()
    assert (page.title, page.publisher) == ("Ours", None)
    assert outcomes(checker, review()) == [("already_there", "")]


def test_our_own_copy_is_never_the_fact_check(checker):
    ours = make.document("Ours", "desk_copy", url=review()["url"])
    [row] = told(checker, review())["reviews"]
    assert row["document"] != str(ours.pk)
    assert outcomes(checker, review()) == [("already_there", "")]


def test_a_name_that_is_good_in_one_file_only_makes_no_page_one(checker):
    for claim in ("It is so.", "It is not so."):
        told(checker, {"@type": "ClaimReview", "@id": "#review", "claimReviewed": claim})
    assert Document.objects.filter(kind="fact_check").count() == 2


def test_its_record_file_goes_out_and_in_again(checker):
    [row] = told(checker, review())["reviews"]
    editor = make.user("editor")
    file = dossiers.to_yaml(dossiers.export(Document.objects.get(pk=row["document"])).tree)
    loaded = dossiers.load(dossiers.read(file), by=editor)
    assert (loaded.total("created"), loaded.total("updated"), loaded.conflicts) == (0, 0, [])
    assert outcomes(checker, review()) == [("already_there", "")]
