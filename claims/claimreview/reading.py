"""A ClaimReview object of JSON-LD as a :class:`Review`: schema.org's terms, and how sites use them."""

from collections.abc import Iterator

from claims.claimreview import words
from claims.claimreview.nodes import MOST_VALUES, Graph, Node, TooMany
from claims.claimreview.rating import Rating
from claims.claimreview.results import Unread
from claims.claimreview.review import Appearance, Party, Review
from sources.models.document import DocumentKind
from sources.models.source import SourceKind

PERSON, ORGANIZATION, OUTLET = SourceKind.PERSON.value, SourceKind.ORGANIZATION.value, SourceKind.OUTLET.value

#: type of schema.org -> what the desk calls it; what is in no line is not stated
PARTIES = {
    "Person": PERSON,
    "Patient": PERSON,
    "NewsMediaOrganization": OUTLET,
    "Newspaper": OUTLET,
    "Organization": ORGANIZATION,
    "GovernmentOrganization": ORGANIZATION,
    "PoliticalParty": ORGANIZATION,
    "Corporation": ORGANIZATION,
    "NGO": ORGANIZATION,
    "EducationalOrganization": ORGANIZATION,
    "CollegeOrUniversity": ORGANIZATION,
    "FundingAgency": ORGANIZATION,
    "ResearchOrganization": ORGANIZATION,
    "LocalBusiness": ORGANIZATION,
    "PerformingGroup": ORGANIZATION,
    "SportsOrganization": ORGANIZATION,
    "WorkersUnion": ORGANIZATION,
}
APPEARANCES = {
    "Article": DocumentKind.ARTICLE,
    "NewsArticle": DocumentKind.ARTICLE,
    "ReportageNewsArticle": DocumentKind.ARTICLE,
    "OpinionNewsArticle": DocumentKind.ARTICLE,
    "AnalysisNewsArticle": DocumentKind.ARTICLE,
    "BlogPosting": DocumentKind.ARTICLE,
    "SocialMediaPosting": DocumentKind.SOCIAL_POST,
    "DiscussionForumPosting": DocumentKind.SOCIAL_POST,
    "ImageObject": DocumentKind.IMAGE,
    "Photograph": DocumentKind.IMAGE,
    "Dataset": DocumentKind.DATASET,
    "Book": DocumentKind.BOOK,
    "Legislation": DocumentKind.LAW,
    "Episode": DocumentKind.BROADCAST,
    "TVEpisode": DocumentKind.BROADCAST,
    "RadioEpisode": DocumentKind.BROADCAST,
    "PodcastEpisode": DocumentKind.BROADCAST,
    "BroadcastEvent": DocumentKind.BROADCAST,
    "FactCheck": DocumentKind.FACT_CHECK,
}
#: so many who said it are taken of one review: each is a hop of its own
MOST_CLAIMANTS = 50
#: what an item under review is where it is the claim and not the thing that holds it
CLAIMS = frozenset({"Claim", "Thing", "CreativeWork"})


def reviews_in(graph: Graph, before: str = "") -> Iterator[Review | Unread]:
    """Every review of the graph, with its place (``before`` and its JSON pointer)."""
    for pointer, node in graph.named("ClaimReview", "Review"):
        if "ClaimReview" in node.types or "claimReviewed" in node.raw:
            place = before + pointer if before or pointer else "/"
            try:
                yield review_of(node, place)
            except TooMany:
                told = f"It has more than {MOST_VALUES:,} values, with those of what it refers to."
                yield Unread(place, "too_many_values", told)


def review_of(node: Node, place: str) -> Review:
    """The object as a review."""
    review = Review(place)
    claims = [words.plain(each) for each in node.texts("claimReviewed")]
    review.claim = next((each for each in claims if not words.is_nothing(each)), "")
    if len(set(claims)) > 1:
        review.told.append("It names several claims; the first was taken.")
    review.language = words.language(node.language_of("claimReviewed") or _language(node))
    review.url = review.address(_url(node), "The address of the review")
    review.identifier = node.text("identifier", figures=True).strip() or _own_id(node)
    review.title = review.titled(node.text("name") or node.text("headline"))
    review.published_on = review.day(node.text("datePublished", figures=True), "datePublished")
    review.topics = review.topics_of(node.texts("keywords"))
    review.body = words.lines(node.text("reviewBody") or node.text("description"))
    _who_rated(node, review)
    _who_said_it(node, review)
    _rated(node, review)
    if node.graph.twice:
        listed = ", ".join(ascii(name[:60]) for name in list(node.graph.twice)[:10])
        review.told.append(f"It says more than once: {listed}; the last was taken.")
    return review


def _language(node: Node) -> str:
    told = [*node.texts("inLanguage"), *(each.text("alternateName") for each in node.nodes("inLanguage"))]
    return next((each for each in told if words.language(each)), "")


def _id(node: Node) -> str:
    """What it is called in its file, where that is a text."""
    named = node.raw.get("@id")
    return named.strip() if isinstance(named, str) else ""


def _own_id(node: Node) -> str:
    """What it is called everywhere: not a name that is good in its own file only."""
    named = _id(node)
    return "" if named.startswith(("#", "_:")) else named


def _url(node: Node) -> str:
    """Where the review is: its ``url``; else the page that it says it is the main thing of, or what it is called."""
    pages = [_id(each) or each.text("name") for each in node.nodes("mainEntityOfPage")]
    listed = [*node.texts("url"), *(each for each in [*pages, _id(node)] if words.is_address(each))]
    return next((each for each in listed if each.strip()), "")


def _party(node: Node, review: Review, called: str, preset: str = "") -> Party | None:
    kinds = [PARTIES[each] for each in sorted(node.types) if each in PARTIES]
    kind = OUTLET if OUTLET in kinds else next(iter(kinds), preset)
    return review.party(node.text("name"), kind, [*node.texts("url"), *node.texts("sameAs")], called)


def _who_rated(node: Node, review: Review) -> None:
    """The outlet is the author that is no person, or else the publisher; persons are bylines."""
    persons: list[Node] = []
    bodies: list[Node] = []
    for each in node.nodes("author"):
        (persons if "Person" in each.types else bodies).append(each)
    outlets = [_party(each, review, "outlet") for each in [*bodies, *node.nodes("publisher")]]
    found = next((each for each in outlets if each), None)
    review.outlet = found and Party(found.name, OUTLET, found.addresses)
    review.bylines = review.bylines_of([each.text("name") for each in persons])


def _who_said_it(node: Node, review: Review) -> None:
    """Claimants, day and appearances: of ``itemReviewed``, a Claim or (older) the work that holds it."""
    claimants: list[Party | None] = []
    first: list[Appearance] = []
    others: list[Appearance] = []
    days: list[str] = []
    for item in node.nodes("itemReviewed"):
        claimants += [_party(each, review, "claimant") for each in item.nodes("author")]
        days += item.texts("datePublished", figures=True)
        first += _appearances(item.nodes("firstAppearance"), review)
        others += _appearances(item.nodes("appearance"), review)
        if item.types.isdisjoint(CLAIMS) or not item.types.isdisjoint(APPEARANCES):
            others += _appearances([item], review)
    who = list(dict.fromkeys(each for each in claimants if each))
    if len(who) > MOST_CLAIMANTS:
        review.told.append(f"It names {len(who):,} claimants; the first {MOST_CLAIMANTS} were taken.")
    review.claimants = tuple(who[:MOST_CLAIMANTS])
    review.said_on = review.day(next(iter(days), ""), "The day on which it was said")
    review.first = next(iter(first), None)
    kept = dict.fromkeys(each for each in [*first, *others] if each != review.first)
    review.appearances = tuple(kept)
    if len({each.url for each in first}) > 1:
        review.told.append("It names several first appearances; the first was taken, the others are noted.")


def _appearances(nodes: list[Node], review: Review) -> list[Appearance]:
    found = []
    for each in nodes:
        listed = [*each.texts("url"), _id(each), *each.texts("sameAs"), each.text("name")]
        url = next((one.strip() for one in listed if words.is_address(one.strip())), "")
        kind = next((APPEARANCES[one] for one in sorted(each.types) if one in APPEARANCES), "")
        if url and len(url) <= 2000:
            found.append(Appearance(url, str(kind), review.titled(each.text("headline") or _title(each))))
    return found


def _title(node: Node) -> str:
    name = node.text("name")
    return "" if words.is_address(name) else name


def _rated(node: Node, review: Review) -> None:
    ratings = node.nodes("reviewRating")
    if len(ratings) > 1:
        review.told.append("It has several ratings; the first was taken.")
    for rating in ratings[:1]:
        value, best, worst = (_number(rating, name) for name in ("ratingValue", "bestRating", "worstRating"))
        review.rating = Rating(
            words.plain("; ".join(rating.texts("alternateName")) or rating.text("name")),
            value,
            best,
            worst,
            words.lines("\n".join(rating.texts("ratingExplanation"))),
        )


def _number(rating: Node, name: str) -> str:
    text = words.plain(rating.text(name, figures=True))
    return "" if words.is_nothing(text) else text
