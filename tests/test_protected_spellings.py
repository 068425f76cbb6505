"""In what spellings a protected name is known, and in what it is not."""

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from sources.models import ProtectedIdentity
from tests import make

pytestmark = pytest.mark.django_db

NAME = "Petra Unknown"
RULE = "text_names_a_protected_source"


@pytest.fixture
def kept(db) -> ProtectedIdentity:
    return make.protected(NAME, "Pet the Baker")


def holds(words: str) -> bool:
    """Whether a claim with these words is refused."""
    told = None
    try:
        with transaction.atomic():
            make.claim(words)
    except IntegrityError as error:
        told = error.__cause__.diag.constraint_name
    assert told in (RULE, None)
    return told == RULE


SAME = {
    "as it is": "Petra Unknown",
    "in a sentence": "It was Petra Unknown, says a friend.",
    "at the start": "Petra Unknown said so.",
    "at the end": "So said Petra Unknown",
    "in capitals": "PETRA UNKNOWN",
    "in small letters": "petra unknown",
    "whose": "Petra Unknown's shop, Petra Unknown\u2019s shop",
    "in quotes": "\u201cPetra Unknown\u201d",
    "with more spaces": "Petra   \t Unknown",
    "over two lines": "Petra\nUnknown",
    "over two lines of Windows": "Petra\r\nUnknown",
    "over two paragraphs": "Petra\n\n  Unknown",
    "over a line separator": "Petra\u2028Unknown",
    "divided at the end of a line": "Petra Un-\n  known",
    "divided by a soft hyphen": "Petra Un\u00adknown",
    "with a space that does not break": "Petra\u00a0Unknown",
    "with a thin space": "Petra\u2009Unknown",
    "with a space of no width": "Pe\u200btra Unkn\u200bown",
    "with joiners": "P\u200de\u200ct\u2060r\ufeffa Unknown",
    "right to left": "\u202ePetra\u202c Unknown",
    "with variation selectors": "P\ufe0fetra Unknown",
    "with tags": "Petra\U000e0041 Unknown",
    "with a Hangul filler": "Petra\u3164 Unknown",
    "with accents": "P\u00e9tra \u00dcnknown",
    "with combining accents": "Pe\u0301tra U\u0308nknown",
    "struck out": "P\u0336e\u0336t\u0336r\u0336a\u0336 U\u0336nknown",
    "full width": "\uff30\uff45\uff54\uff52\uff41\u3000\uff35nknown",
    "in bold of mathematics": "\U0001d40f\U0001d41e\U0001d42d\U0001d42b\U0001d41a Unknown",
    "in circles": "\u24c5\u24d4\u24e3\u24e1\u24d0 Unknown",
    "with Cyrillic letters": "P\u0435tr\u0430 Unkn\u043ewn",
    "with Cyrillic capitals": "\u0420\u0415\u0422R\u0410 UNK\u041dOWN".replace("K\u041d", "KN"),
    "with a Greek letter": "Petra Unkn\u03bfwn",
    "in one": "PetraUnknown",
    "as a hashtag": "#petraunknown",
    "as a handle": "@Petra_Unknown",
    "as an address": "mailto:petra.unknown@example.org",
    "as a slug": "https://example.org/petra-unknown/",
    "in a query": "https://example.org/?q=Petra%20Unknown&x=1",
    "with a plus": "https://example.org/?q=petra+unknown",
    "last name first": "Unknown, Petra",
    "another name": "pet the  baker",
    "in Markdown": "**Petra** *Unknown*",
}
OTHER = {
    "the first name": "Petra",
    "the last name": "It is unknown.",
    "both, far apart": "Petra is unknown.",
    "a longer word before": "Xpetra Unknown",
    "a longer word after": "Petra Unknowns",
    "another between": "Petra van Unknown",
    "a digit more": "Petra Unknown2",
    "nothing but marks": "\u0301\u200b",
    "nothing": "-",
}


@pytest.mark.parametrize("spelling", SAME)
def test_a_name_is_known_in_whatever_spelling(kept, spelling):
    assert holds(SAME[spelling])


@pytest.mark.parametrize("spelling", OTHER)
def test_other_words_are_taken(kept, spelling):
    assert not holds(OTHER[spelling])


@pytest.mark.parametrize(
    ("name", "same", "other"),
    [
        ("Jörg Müller-Groß", ["JORG MULLER GROSS", "Jörg Müller\u2011Groß"], ["Jörg Müller"]),
        ("Øyvind Ås", ["oyvind as", "ØYVIND ÅS"], ["Øyvind"]),
        ("Пётр Неизвестный", ["ПЕТР НЕИЗВЕСТНЫЙ", "пётр  неизвестный"], ["Пётр"]),
        ("Νίκος Άγνωστος", ["ΝΙΚΟΣ ΑΓΝΩΣΤΟΣ", "νικος αγνωστος"], ["Νίκος"]),
        ("李明", ["李明说了", "李 明"], ["李大明"]),
        ("สมชาย ใจดี", ["คุณสมชายใจดีพูด"], ["สมชาย"]),
        ("김철수", ["김철수가 말했다"], ["김철"]),
        ("محمد المجهول", ["مُحَمَّد المجهول", "محمـــد المجهول"], ["محمد"]),
        ("Seán O'Brien", ["SEAN O\u2019BRIEN", "sean o brien"], ["Sean Brien"]),
        ("Prince", ["the prince!"], ["princess"]),
        ("İpek I\u015f\u0131k", ["ipek isik", "İPEK IŞIK"], ["ipek"]),
    ],
)
def test_names_of_other_languages_are_known(name, same, other):
    make.protected(name)
    assert [words for words in same if not holds(words)] == []
    assert [words for words in other if holds(words)] == []


@pytest.mark.parametrize("name", ["Al", "May", "?!", "李"])
def test_a_name_that_is_too_short_is_not_looked_for(name):
    """Or nobody could write any more."""
    make.protected(name)
    assert not holds(f"All that {name} wrote, may it be so.")


# --- whatever is written ---

#: what PostgreSQL can store
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
#: what nobody sees, and what stands between words
UNSEEN = st.sampled_from(["\u200b", "\u00ad", "\u2060", "\ufeff", "\u0301", "\ufe0f", "\u202e", "\u034f"])
BETWEEN = st.text(st.sampled_from(list(" \t\n\r\u00a0\u2003\u2028.,;:_/|*&()[]\u2014\u00b7")), min_size=1, max_size=4)


def known(words: str, *names: str) -> bool:
    with connection.cursor() as cursor:
        asked = "SELECT sources_names(%s, sources_sought(%s::text[]), sources_hint(%s::text[]))"
        cursor.execute(asked, [words, list(names), list(names)])
        [answer] = cursor.fetchone()
        return answer


@given(words=TEXTS, name=TEXTS)
@example(words="100% _ \\ %", name="100% _ \\ %")
@example(words="(a|b)[c]{2}^$.*+?", name="(a|b)[c]{2}^$.*+?")
def test_no_name_and_no_text_ends_in_an_error(db, words, name):
    assert known(words, name) in (True, False)


@given(rest=TEXTS)
def test_a_name_is_known_in_itself_and_among_other_words(db, rest):
    name = f"Petra {rest}"
    assert known(name, name)
    assert known(f"So said {name}: nothing.", name)


@given(name=st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x52F), min_size=4, max_size=20))
def test_a_name_is_known_in_capitals_and_in_small_letters(db, name):
    """Of letters whose capital is in the same block, as all are that are written today."""
    plain = "".join(letter for letter in name if letter.upper() <= "\u052f" and not "\u0250" <= letter <= "\u02af")
    assert known(f"Petra {plain.upper()}", f"Petra {plain}")
    assert known(f"Petra {plain.lower()}", f"Petra {plain}")


@given(st.data())
def test_a_name_is_known_whatever_is_strewn_into_it(db, data):
    first, last = (
        "".join(letter + data.draw(UNSEEN | st.just("")) for letter in word) for word in NAME.swapcase().split()
    )
    words = f"{data.draw(BETWEEN)}{first}{data.draw(BETWEEN)}{last}{data.draw(BETWEEN)}"
    assert known(f"See{words}there", NAME)


@given(TEXTS.filter(lambda words: "unknown" not in words.lower()))
def test_words_without_the_name_are_taken_as_they_are(db, words):
    assert not known(words, NAME)


def test_a_thousand_names_are_looked_for_at_once(db):
    names = [f"Person {number} Somebody" for number in range(1000)]
    assert known("It was Person 999 Somebody.", *names)
    assert not known("It was Person 1000 Somebody.", *names)
