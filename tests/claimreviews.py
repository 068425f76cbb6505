"""ClaimReviews as sites publish them; outlets, people and claims are invented."""

import copy
import json
from typing import Any

IMPORT = "/api/v1/import/claimreview/"

REVIEW: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "ClaimReview",
    "url": "https://checks.example/mill-fire",
    "name": "Twelve engines? No.",
    "inLanguage": "en-GB",
    "datePublished": "2026-03-03T08:00:00+01:00",
    "author": {"@type": "Organization", "name": "Example Checks", "url": "https://checks.example/"},
    "claimReviewed": "Twelve fire engines fought the fire at the mill.",
    "itemReviewed": {
        "@type": "Claim",
        "author": {"@type": "Person", "name": "Ada Quill", "sameAs": "https://people.example/ada"},
        "datePublished": "2026-03-01",
        "firstAppearance": {"@type": "SocialMediaPosting", "url": "https://posts.example/1", "headline": "Fire!"},
        "appearance": ["https://posts.example/2", {"@type": "NewsArticle", "url": "https://news.example/3"}],
    },
    "reviewRating": {
        "@type": "Rating",
        "ratingValue": 1,
        "bestRating": 5,
        "worstRating": 1,
        "alternateName": "Pants ablaze",
        "ratingExplanation": "The fire brigade counts four.",
    },
    "reviewBody": "We asked the brigade.",
}


def review(**changed: Any) -> dict[str, Any]:
    """The review with some of its fields otherwise; ``None`` takes one away."""
    made = {**copy.deepcopy(REVIEW), **changed}
    return {name: value for name, value in made.items() if value is not None}


def rating(value: Any, best: Any = 5, worst: Any = 1, name: str = "As we say") -> dict[str, Any]:
    told = {"@type": "Rating", "ratingValue": value, "bestRating": best, "worstRating": worst, "alternateName": name}
    return {key: each for key, each in told.items() if each is not None}


def several(count: int) -> list[dict[str, Any]]:
    return [review(url=f"https://checks.example/{at}", claimReviewed=f"Claim {at} of a list.") for at in range(count)]


def send(program, body, query="", media_type="application/ld+json", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return program.post(IMPORT + query, data, media_type, headers=headers)


def told(program, body, query="", **options):
    answer = send(program, body, query, **options)
    assert answer.status_code == 200, answer.content
    return answer.json()


def outcomes(program, body, **options):
    return [(each["outcome"], each["code"]) for each in told(program, body, **options)["reviews"]]
