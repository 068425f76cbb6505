"""A claim's chains as a picture: where everything stands, what is said, and what an SVG of ours never holds."""

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims import picture
from claims.chains import Chains, Group, Hop
from claims.picture.drawing import plan
from claims.picture.layout import Layout
from claims.picture.measures import Measures
from claims.picture.shapes import Point, Rect
from claims.picture.strokes import Style, strokes
from claims.picture.text import clusters, right_to_left, width, wrap

SVG = "{http://www.w3.org/2000/svg}"
BOTH = pytest.mark.parametrize("m", [picture.WIDE, picture.NARROW], ids=["wide", "narrow"])
LINKS = picture.Links(source=lambda id: f"/s/{id}/", document=lambda id: f"/d/{id}/", claim=lambda id: f"/c/{id}/")

ELEMENTS = {"svg", "title", "desc", "g", "a", "rect", "line", "polygon", "text"}
HOSTILE = [
    "<script>alert(1)</script>",
    "]]> <!-- & \"quoted\" 'so' -->",
    "W" * 500,
    "a word " * 71,
    "Rechtsschutzversicherungsgesellschaften" * 12,
    "مكتب المدعي العام في المقاطعة " * 16,
    "פרקליטות המדינה",
    "東京都知事室広報課" * 50,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e6\U0001f1f9\U0001f1fa\U0001f1e6 press office \U0001f525",
    "Z" + "\u0336\u0301\u0302\u0308" * 120 + "algo",
    "\u202edesrever\u2066",
    "\u200b\u200b",
    "\ufdfd" * 40,
    "bell \x07 escape \x1b noncharacter \uffff end",
]


def hop(id: int, relays: int | None = None, **facts: object) -> Hop:
    return Hop(id=id, relays=relays, speaker=100 + id, name=facts.pop("name", f"Speaker {id}"), **facts)


def chains(hops: list[Hop], *merged: list[int], statement: str = "The bridge costs double.") -> Chains:
    """Chains of these hops. Origins that are not in ``merged`` are each one original source."""
    alone = [[one.id] for one in hops if one.relays is None and not any(one.id in group for group in merged)]
    stance = {one.id: one.passes_on for one in hops}
    groups = []
    for members in sorted([*merged, *alone], key=lambda members: (stance[members[0]] != "asserts", members)):
        number = len(groups) + 1 if stance[members[0]] == "asserts" else None
        reasons = ("the same source",) if len(members) > 1 else ()
        groups.append(Group(number, stance[members[0]], tuple(members), reasons))
    return Chains(1, statement, tuple(hops), tuple(groups))


def row(length: int, first: int = 1) -> list[Hop]:
    """A chain of so many hops."""
    return [hop(first + place, first + place - 1 if place else None) for place in range(length)]


def drawn(told: Chains, m: Measures = picture.WIDE) -> ElementTree.Element:
    return ElementTree.fromstring(picture.draw(told, LINKS, m))  # noqa: S314 - our own


def texts(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


# --- where everything stands ---


def meet(one: Rect, other: Rect) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def holds(outer: Rect, inner: Rect) -> bool:
    inside_across = outer.x <= inner.x and inner.right <= outer.right
    return inside_across and outer.y <= inner.y and inner.bottom <= outer.bottom


def on_border(rect: Rect, point: Point) -> bool:
    x, y = point
    at_side = x in (rect.x, rect.right) and rect.y <= y <= rect.bottom
    return at_side or (y in (rect.y, rect.bottom) and rect.x <= x <= rect.right)


def crosses(rect: Rect, start: Point, end: Point) -> bool:
    """Whether the line runs through the inside of the box."""
    (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return left < rect.right and rect.x < right and top < rect.bottom and rect.y < bottom


def check(told: Chains, m: Measures) -> Layout:
    """All that holds for every picture."""
    layout = plan(told, m).layout
    assert set(layout.boxes) == {one.id for one in told.hops}
    boxes = list(layout.boxes.values())
    assert not [pair for pair in combinations(boxes, 2) if meet(*pair)], "boxes overlap"
    assert all(box.y > layout.head.bottom for box in boxes)
    check_frames(told, layout)
    check_lines(told, layout)
    page = Rect(0, 0, layout.width, layout.height)
    assert all(holds(page, rect) for rect in [layout.head, *boxes, *(frame.rect for frame in layout.frames)])
    ways = [*layout.arrows, *layout.exits]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for way in ways for x, y in way.points)
    assert all(layout.head.x < lane.x < layout.head.right for lane in layout.lanes)
    return layout


def check_frames(told: Chains, layout: Layout) -> None:
    assert [frame.group for frame in layout.frames] == list(told.groups)
    for frame in layout.frames:
        framed = {id for id, box in layout.boxes.items() if meet(frame.rect, box)}
        assert framed == set(frame.group.hops), "a frame holds its own origins and nothing else"
        assert all(holds(frame.rect, layout.boxes[id]) for id in framed)
    assert not [pair for pair in combinations([frame.rect for frame in layout.frames], 2) if meet(*pair)]


def check_lines(told: Chains, layout: Layout) -> None:
    relayed = {one.relays for one in told.hops}
    assert sorted((arrow.hop, arrow.to) for arrow in layout.arrows) == sorted(
        (one.relays, one.id) for one in told.hops if one.relays is not None
    )
    assert sorted(out.hop for out in layout.exits) == sorted({one.id for one in told.hops} - relayed)
    stance = {one.id: one.passes_on for one in told.hops}
    lanes = {(lane.x, lane.stance): lane for lane in layout.lanes}
    for way in [*layout.arrows, *layout.exits]:
        assert on_border(layout.boxes[way.hop], way.points[0])
        for start, end in pairwise(way.points):
            assert (start[0] == end[0]) != (start[1] == end[1]), "lines go across or down"
            assert not [id for id, box in layout.boxes.items() if crosses(box, start, end)], "a line runs through a box"
        x, y = way.points[-1]
        if way.to is None:
            lane = lanes[x, stance[way.hop]]
            assert lane.top == layout.head.bottom <= y <= lane.bottom
        else:
            assert on_border(layout.boxes[way.to], (x, y))
    for lane in layout.lanes:
        assert not [box for box in layout.boxes.values() if crosses(box, (lane.x, lane.top), (lane.x, lane.bottom))]


CASES = {
    "no hop": [],
    "one hop": row(1),
    "two hops": row(2),
    "a diamond": [hop(1), hop(2, 1), hop(3, 1), hop(4, 2), hop(5, 3)],
    "one chain of forty": row(40),
    "forty chains of one": [hop(id) for id in range(1, 41)],
    "eight chains of five": sorted(
        [each for first in range(1, 41, 5) for each in row(5, first)], key=lambda one: (one.id - 1) % 5
    ),
    "one source and thirty-nine who carry it": [hop(1), *(hop(id, 1) for id in range(2, 41))],
    "a long chain with a branch at each hop": [
        *row(30),
        *(hop(30 + id, id) for id in range(1, 30)),
    ],
    "a tree that halves": [hop(1), *(hop(id, id // 2) for id in range(2, 41))],
}


@BOTH
@pytest.mark.parametrize("hops", CASES.values(), ids=CASES.keys())
def test_nothing_overlaps_and_every_line_ends_at_a_border(hops, m):
    check(chains(hops), m)


@BOTH
@pytest.mark.parametrize("hops", CASES.values(), ids=CASES.keys())
def test_a_page_is_scrolled_one_way_only(hops, m):
    """No wider than the column that it is made for: only a tree that was indented several times may be."""
    most_indents = 3
    assert plan(chains(hops), m).layout.width <= m.page + (most_indents * m.indent if m is picture.NARROW else 0)


@BOTH
def test_two_hops_are_a_small_picture(m):
    layout = check(chains(row(2)), m)
    assert layout.height < 320


@BOTH
def test_merged_origins_stand_in_one_frame_with_their_chains_beside_it(m):
    told = chains([hop(1), hop(2), hop(3), hop(4, 1), hop(5, 4), hop(6, 2), hop(7, 2)], [1, 2])
    layout = check(told, m)
    assert [frame.group.hops for frame in layout.frames] == [(1, 2), (3,)]


@BOTH
def test_forty_origins_that_are_one_stand_in_one_frame(m):
    told = chains([hop(id) for id in range(1, 41)], list(range(1, 41)))
    assert len(check(told, m).frames) == 1


def test_objections_reach_the_claim_by_a_line_of_their_own():
    hops = [hop(1), hop(2, stance="denies", passes_on="denies"), hop(3, 2, stance="reports", passes_on="denies")]
    layout = check(chains(hops), picture.WIDE)
    assert {lane.stance for lane in layout.lanes} == {"asserts", "denies"}


STANCES = ["asserts", "denies", "questions", "withdraws"]


@st.composite
def forests(draw: st.DrawFn) -> Chains:
    """Up to 60 hops: who relays whom, whose origins are one, who objects, what is written in the boxes."""
    many = draw(st.integers(1, 60))
    bushy = draw(st.sampled_from([1, 3, 60]))
    origins = st.sampled_from([True] + [False] * draw(st.sampled_from([1, 8, 60])))
    hops: list[Hop] = []
    for id in range(1, many + 1):
        relays = None if id == 1 or draw(origins) else draw(st.integers(max(1, id - bushy), id - 1))
        own = draw(st.sampled_from(["asserts"] * 4 + STANCES))
        passes_on = own if own != "asserts" or relays is None else hops[relays - 1].passes_on
        name = draw(st.sampled_from(["Reuters", "a police commander", *HOSTILE]))
        facts = {"document": id, "title": name} if draw(st.booleans()) else {}
        inferred = relays is not None and draw(st.booleans())
        hops.append(hop(id, relays, name=name, stance=own, passes_on=passes_on, inferred=inferred, **facts))
    merged = []
    for stance in STANCES:
        roots = [one.id for one in hops if one.relays is None and one.passes_on == stance]
        taken = draw(st.integers(0, len(roots)))
        if taken > 1:
            merged.append(roots[:taken])
    depth: dict[int | None, int] = {None: -1}
    for one in hops:
        depth[one.id] = depth[one.relays] + 1
    return chains(sorted(hops, key=lambda one: depth[one.id]), *merged)


@given(told=forests(), m=st.sampled_from([picture.WIDE, picture.NARROW]))
def test_whatever_the_chains_nothing_overlaps_and_all_is_within(told, m):
    check(told, m)
    svg = drawn(told, m)
    assert len([group for group in svg.iter(f"{SVG}a") if group.get("href", "").startswith("/s/")]) == len(told.hops)


# --- what is drawn ---


def test_every_hop_is_a_link_to_its_source_and_to_its_material():
    svg = drawn(chains([hop(1, document=7, title="Minutes"), hop(2, 1)]))
    links = {link.get("href"): link for link in svg.iter(f"{SVG}a")}
    assert sorted(links) == ["/c/1/", "/d/7/", "/s/101/", "/s/102/"]
    assert {link.get("target") for link in links.values()} == {"_top"}
    assert links["/s/101/"].findtext(f"{SVG}title").startswith("Speaker 1")
    assert links["/d/7/"].findtext(f"{SVG}title") == "Material: Minutes"
    assert links["/c/1/"].findtext(f"{SVG}title") == "Claim: The bridge costs double."


def test_the_number_of_original_sources_is_the_largest_thing_in_it():
    hops = [hop(1), hop(2), hop(3), hop(4, 1), hop(5, stance="denies", passes_on="denies")]
    svg = drawn(chains(hops, [1, 2]))
    largest = max(svg.iter(f"{SVG}text"), key=lambda text: int(text.get("font-size", "0")))
    assert largest.text == "2"
    assert {"original sources", "5 hops; denied by 1"} <= set(texts(svg))
    assert svg.findtext(f"{SVG}desc") == "5 hops, 2 original sources; denied by 1"
    assert svg.get("aria-labelledby") == "chain-1-title chain-1-desc"
    assert [svg.find(f"{SVG}title").get("id"), svg.find(f"{SVG}desc").get("id")] == ["chain-1-title", "chain-1-desc"]


def test_a_frame_says_how_many_it_counts_as_one_and_why():
    told = chains([hop(1), hop(2)], [1, 2])
    assert {"1", "2 counted as one:", "the same source"} <= set(texts(drawn(told)))


def test_what_objects_says_so_and_is_not_counted():
    for stance in ("denies", "questions", "withdraws"):
        svg = drawn(chains([hop(1, stance=stance, passes_on=stance)]))
        assert {stance.upper(), "not counted", "0"} <= set(texts(svg))


def lines(svg: ElementTree.Element) -> set[tuple[str | None, str | None]]:
    """The looks of the lines below the headline's rule: width and dashes."""
    return {(line.get("stroke-width"), line.get("stroke-dasharray")) for line in svg.iter(f"{SVG}line")} - {("2", None)}


def test_stances_and_inferred_links_differ_without_colour():
    looks = [lines(drawn(chains([hop(1, stance=stance, passes_on=stance)]))) for stance in STANCES]
    assert not [pair for pair in combinations(looks, 2) if pair[0] & pair[1]]
    inferred = drawn(chains([hop(1), hop(2, 1, inferred=True)]))
    assert ("1.5", "6 4") in lines(inferred)
    assert "link inferred by the desk" in texts(inferred)


def test_who_is_not_named_has_another_border_and_a_word():
    borders = {}
    for identity in ("named", "unnamed", "unstated", "protected"):
        svg = drawn(chains([hop(1, identity=identity, remarks=(f"{identity} person",))]))
        box = next(link for link in svg.iter(f"{SVG}a") if link.get("href") == "/s/101/")
        rects = [(rect.get("rx"), rect.get("stroke-dasharray")) for rect in box.findall(f"{SVG}rect")]
        borders[identity] = tuple(rects)
        assert f"{identity} person" in texts(svg)
    assert len(set(borders.values())) == 4


@BOTH
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_breaks_out(name, m):
    told = chains(
        [hop(1, name=name, document=2, title=name, remarks=(name,), facts=(name,)), hop(2, 1, name=name)],
        statement=name * 4,
    )
    for element in drawn(told, m).iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert not re.match(r"\s*javascript:", element.get("href", ""), re.IGNORECASE)
        for written in (element.text or "", *element.attrib.values()):
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u202a-\u202e\u2066-\u2069]", written)
    check(told, m)


def test_the_whole_name_is_in_the_title():
    name = "a word " * 70 + "and the last"
    svg = drawn(chains([hop(1, name=name)]))
    assert any((title.text or "").startswith(name) for title in svg.iter(f"{SVG}title"))
    assert any(text.endswith("…") for text in texts(svg))


@BOTH
def test_no_letter_is_smaller_than_twelve_pixels_at_natural_size(m):
    svg = drawn(chains(row(40)), m)
    assert min(int(text.get("font-size", "0")) for text in svg.iter(f"{SVG}text")) >= 12
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"


def test_names_from_right_to_left_begin_at_the_right():
    svg = drawn(chains([hop(1, name="פרקליטות המדינה")]))
    [name] = [text for text in svg.iter(f"{SVG}text") if text.text == "פרקליטות המדינה"]
    assert name.get("direction") == "rtl"
    assert int(name.get("x", "0")) == picture.WIDE.box - 2 * picture.WIDE.pad


# --- words and lines ---


@given(text=st.text(max_size=200) | st.sampled_from(HOSTILE), room=st.integers(40, 400), most=st.integers(1, 4))
def test_lines_are_few_and_fit(text, room, most):
    lines = wrap(text, room, 13, most, bold=True)
    assert len(lines) <= most
    for line in lines:
        assert width(line, 13, bold=True) <= room or len(clusters(line.rstrip("…"))) <= 1


def test_lines_end_at_spaces_where_they_can():
    assert wrap("The Fernley Courier of the North", 120, 12, 4) == ["The Fernley", "Courier of the", "North"]
    assert wrap("in los_angeles_times_report", 110, 12, 2) == ["in los_angeles_", "times_report"]
    assert wrap("one two three four five", 60, 12, 2) == ["one two", "three f…"]


def test_accents_flags_and_families_are_not_cut_in_two():
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert clusters(f"e\u0301a{family}\U0001f1e6\U0001f1f9\U0001f1fa\U0001f1e6") == [
        "e\u0301",
        "a",
        family,
        "\U0001f1e6\U0001f1f9",
        "\U0001f1fa\U0001f1e6",
    ]


def test_the_direction_is_that_of_the_first_letter_that_has_one():
    assert right_to_left("3. פרקליטות in Haifa")
    assert not right_to_left("Haifa: פרקליטות")
    assert not right_to_left("1 2 3")


def test_lines_that_run_along_each_other_are_drawn_once():
    stated, inferred = Style("asserts"), Style("asserts", inferred=True)
    ways = [([(0, 0), (0, 10)], stated), ([(0, 5), (0, 20)], stated), ([(0, 0), (0, 30), (9, 30)], inferred)]
    assert list(strokes(ways)) == [
        ((0, 0), (0, 20), stated),
        ((0, 20), (0, 30), inferred),
        ((0, 30), (9, 30), inferred),
    ]
