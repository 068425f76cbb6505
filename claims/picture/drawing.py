"""The layout as SVG text: presentation attributes only, no style sheet and no script, so that it holds under any CSP.

ElementTree escapes what is written; ``text.clean`` keeps out what XML cannot hold.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.translation import gettext as _

from claims.chains import Chains, Hop, origin_in_words, summary
from claims.picture.boxes import Content, Line, content, headline, label
from claims.picture.layout import Frame, Layout, lay_out, measures_of
from claims.picture.measures import COUNT, NUMBER, TAG, Measures
from claims.picture.shapes import Point, Rect
from claims.picture.strokes import Style, strokes
from claims.picture.text import clean, width
from claims.vocabularies import Stance

INK, GREY, ACCENT, TINT, PAPER = "#1a1a1a", "#595959", "#8a1c1c", "#f7f3ec", "#ffffff"
SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SERIF = "Georgia, 'Times New Roman', 'DejaVu Serif', serif"

#: How a line looks by what goes along it; a link that the desk inferred is dashed, whatever it carries.
DASHES = {"questions": "1 5", "withdraws": "9 4 2 4"}
INFERRED = "6 4"


@dataclass(frozen=True)
class Links:
    """Where a source, a material, a claim is shown, by its id."""

    source: Callable[[int], str]
    document: Callable[[int], str]
    claim: Callable[[int], str]


@dataclass(frozen=True)
class Plan:
    """What is to be drawn: where everything stands, the words in each hop's box, and those over each group's."""

    layout: Layout
    inside: dict[int, Content]
    labels: tuple[tuple[Line, ...], ...]


def plan(chains: Chains, m: Measures) -> Plan:
    """Set the words, then place what they stand in."""
    measures = {hop: measures_of(group, chains, m) for group in chains.groups for hop in group.hops}
    for hop in chains.hops:  # as wide as their origin is
        measures[hop.id] = measures[hop.id if hop.relays is None else hop.relays]
    inside = {hop.id: content(hop, measures[hop.id]) for hop in chains.hops}
    labels = [label(group, measures_of(group, chains, m)) for group in chains.groups]
    layout = lay_out(
        chains,
        m,
        heights={hop: each.height for hop, each in inside.items()},
        labels=[height for _lines, height in labels],
        head=lambda room: headline(chains, room)[1],
    )
    return Plan(layout, inside, tuple(lines for lines, _height in labels))


def draw(chains: Chains, links: Links, m: Measures) -> str:
    """The picture of a claim's chains as SVG. At its natural size no letter is smaller than 12 pixels."""
    planned = plan(chains, m)
    layout = planned.layout
    svg = _root(chains, layout)
    page = SubElement(svg, "g", transform="translate(.5 .5)")
    words = dict(zip(chains.groups, planned.labels, strict=True))
    for frame in layout.frames:
        _draw_frame(page, frame, words[frame.group], m)
    _draw_lines(page, chains, layout)
    _draw_headline(page, chains, links, layout.head)
    hops = {hop.id: hop for hop in chains.hops}
    for each, box in layout.boxes.items():  # in the order of the chains, which the keyboard follows
        _draw_hop(page, hops[each], planned.inside[each], box, links)
    return tostring(svg, encoding="unicode")


def _root(chains: Chains, layout: Layout) -> Element:
    named = f"chain-{chains.claim}"
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(layout.width + 1),
            "height": str(layout.height + 1),
            "viewBox": f"0 0 {layout.width + 1} {layout.height + 1}",
            "role": "group",  # an image has no links in it for those who hear it
            "aria-labelledby": f"{named}-title {named}-desc",
            "font-family": SANS,
            "fill": INK,
        },
    )
    SubElement(svg, "title", id=f"{named}-title").text = clean(
        _("Who says it, through whom: %(statement)s") % {"statement": chains.statement}
    )
    SubElement(svg, "desc", id=f"{named}-desc").text = clean(summary(chains))
    SubElement(svg, "rect", _rect(Rect(0, 0, layout.width + 1, layout.height + 1)), fill=PAPER)
    return svg


def _draw_headline(page: Element, chains: Chains, links: Links, head: Rect) -> None:
    link = _link(page, links.claim(chains.claim), _("Claim: %(statement)s") % {"statement": chains.statement})
    SubElement(link, "rect", _rect(head), fill=PAPER)
    _write(link, headline(chains, head.width)[0], head)
    _line(page, (head.x, head.bottom), (head.right, head.bottom), 2)


def _draw_frame(page: Element, frame: Frame, lines: Sequence[Line], m: Measures) -> None:
    counted = frame.group.number is not None
    group = SubElement(page, "g")
    SubElement(group, "title").text = clean("; ".join([origin_in_words(frame.group), *frame.group.ties]))
    SubElement(
        group,
        "rect",
        _rect(frame.rect) | {"stroke-width": "2" if counted else "1"},
        fill=TINT if counted else PAPER,
        stroke=ACCENT if counted else GREY,
    )
    inner = Rect(frame.rect.x + m.frame, frame.rect.y, frame.rect.width - 2 * m.frame, frame.rect.height)
    _write(group, lines, inner, ACCENT if counted else INK)


# --- arrows ---


def _draw_lines(page: Element, chains: Chains, layout: Layout) -> None:
    """Every arrow, exit and lane. The white hearts of double lines come last, so that nothing crosses them."""
    hops = {hop.id: hop for hop in chains.hops}
    arrows = [(arrow, hops[arrow.hop], hops[arrow.to]) for arrow in layout.arrows if arrow.to is not None]
    ways = [(arrow.points, Style(hop.passes_on, to.inferred)) for arrow, hop, to in arrows]
    ways += [(out.points, Style(hops[out.hop].passes_on)) for out in layout.exits]
    ways += [(((lane.x, lane.bottom), (lane.x, lane.top)), Style(lane.stance)) for lane in layout.lanes]
    drawn = list(strokes(ways))
    for start, end, style in drawn:
        line = _line(page, start, end, 4 if style.stance == Stance.DENIES else 1.5)
        dashes = INFERRED if style.inferred else DASHES.get(style.stance)
        if dashes:
            line.set("stroke-dasharray", dashes)
            line.set("stroke-linecap", "round" if dashes.startswith("1 ") else "butt")
    for start, end, style in drawn:
        if style.stance == Stance.DENIES:
            _line(page, start, end, 1.6, PAPER)
    for arrow in layout.arrows:
        _arrowhead(page, arrow.points[-2], arrow.points[-1])
    for lane in layout.lanes:
        if lane.stance == Stance.DENIES:  # it comes up against the claim
            _line(page, (lane.x - 5, lane.top + 4), (lane.x + 5, lane.top + 4), 3)
        else:
            _arrowhead(page, (lane.x, lane.bottom), (lane.x, lane.top))


def _line(page: Element, start: Point, end: Point, thick: float, colour: str = INK) -> Element:
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    line = SubElement(page, "line", {name: str(value) for name, value in ends.items()}, stroke=colour)
    line.set("stroke-width", str(thick))
    line.set("stroke-linecap", "square")  # so that corners are closed
    return line


def _arrowhead(page: Element, before: Point, at: Point) -> None:
    """A triangle whose point touches the border."""
    (x, y), long, wide = at, 8, 4
    along = ((x > before[0]) - (x < before[0]), (y > before[1]) - (y < before[1]))
    back = (x - long * along[0], y - long * along[1])
    across = (wide * along[1], wide * along[0])
    corners = [at, (back[0] + across[0], back[1] + across[1]), (back[0] - across[0], back[1] - across[1])]
    SubElement(page, "polygon", points=" ".join(f"{px},{py}" for px, py in corners), fill=INK)


# --- boxes ---


def _draw_hop(page: Element, hop: Hop, inside: Content, box: Rect, links: Links) -> None:
    """The box, a link to the speaker; in it the material, a link of its own, which lies on top of the other."""
    group = SubElement(page, "g")
    speaker = _link(group, links.source(hop.speaker), ": ".join([hop.name, ", ".join(hop.facts)]))
    _draw_border(speaker, hop, box)
    pad = inside.pad
    room = Rect(box.x + pad, box.y, box.width - 2 * pad, inside.material if inside.material_lines else box.height)
    _write(speaker, inside.lines, room)
    if inside.material_lines and hop.document is not None:
        lower = Rect(box.x + 2, box.y + inside.material, box.width - 4, box.height - inside.material - 2)
        material = _link(group, links.document(hop.document), _("Material: %(title)s") % {"title": hop.title})
        SubElement(material, "rect", _rect(lower) | {"fill": "none", "pointer-events": "all"})
        lines = [Line(x.text, x.face, x.top - inside.material, x.left, x.right_to_left) for x in inside.material_lines]
        _write(material, lines, Rect(room.x, lower.y, room.width, lower.height), GREY)


def _draw_border(page: Element, hop: Hop, box: Rect) -> None:
    """Square corners for a name; round for somebody unnamed, dotted for nobody in particular, double for a secret."""
    border = SubElement(page, "rect", _rect(box), fill=PAPER, stroke=INK)
    border.set("stroke-width", "2" if hop.passes_on == hop.stance and hop.stance != "asserts" else "1")
    if hop.identity != "named":
        border.set("rx", "12")
    if hop.identity == "unstated":
        border.set("stroke-dasharray", "2 3")
    if hop.identity == "protected":
        inner = Rect(box.x + 3, box.y + 3, box.width - 6, box.height - 6)
        SubElement(page, "rect", _rect(inner), fill="none", stroke=INK, rx="9")


# --- text ---


def _link(page: Element, address: str, name: str) -> Element:
    link = SubElement(page, "a", href=address, target="_top")
    SubElement(link, "title").text = clean(name)
    return link


def _write(page: Element, lines: Iterable[Line], room: Rect, colour: str = INK) -> None:
    """The lines in this room, and nothing beyond it: where a font is wider than we think, it is cut off."""
    window = SubElement(page, "svg", _rect(room))
    for line in lines:
        text = SubElement(window, "text", {"font-size": str(line.face.size)}, fill=colour)
        x = line.left
        if line.face is TAG:
            badge = Rect(x, line.top, ceil(width(line.text, TAG.size, bold=True)) + 10, TAG.leading - 4)
            window.insert(len(window) - 1, Element("rect", _rect(badge), fill=INK))
            text.set("fill", PAPER)
            text.set("text-anchor", "middle")
            x += badge.width // 2
        elif line.face in (COUNT, NUMBER):
            text.set("fill", ACCENT)
        if line.right_to_left:
            text.set("direction", "rtl")
            x = room.width
        text.set("x", str(x))
        high = line.face.leading - (4 if line.face is TAG else 0)
        text.set("y", str(line.top + (high + round(line.face.size * 0.72)) // 2))
        if line.face.bold:
            text.set("font-weight", "bold")
        if line.face.italic:
            text.set("font-style", "italic")
        if line.face.serif:
            text.set("font-family", SERIF)
        text.text = line.text


def _rect(rect: Rect) -> dict[str, str]:
    return {"x": str(rect.x), "y": str(rect.y), "width": str(rect.width), "height": str(rect.height)}
