"""The desk's phrases in templates (claims.wording)."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from claims import lines, notices, pages, wording
from claims.desk import checked
from factdesk.doing import part_seen
from sources.models.document import Part

register = template.Library()
register.filter("who", wording.who)
register.filter("called", wording.called)
register.filter("in_short", wording.in_short)
register.filter("where", wording.where)
register.filter("owed", wording.owed)
register.filter("person", wording.person)
register.filter("finding_in_words", checked.finding_in_words)
register.filter("reason_of", wording.reason_of)
register.filter("clock_in_words", wording.owed)
register.filter("via_in", lambda one, document: one.via(document))
register.filter("part_name", lambda word: Part(word).label)
register.filter("of", lambda found, key: found.get(key))
register.filter("clock", wording.clock)
register.filter("sign", lambda mark: lines.SIGNS[mark])
register.simple_tag(pages.front_page, takes_context=False, name="front_page")


@register.simple_tag(takes_context=True)
def unseen_notices(context: Any) -> int:
    """How many notices the person has not seen; a page that has counted already says so (``unseen_count``)."""
    counted = context.get("unseen_count")
    return notices.unseen(context["user"]) if counted is None else int(counted)


@register.simple_tag(takes_context=True)
def beside(context: Any, part: str, one: Any) -> SafeString | str:
    """What the person may do with one part of the record: links to forms, and buttons of the page's one form."""
    acts = [
        act for act in context.get("beside", {}).get(part, ()) if act.when is None or act.when(one, context["user"])
    ]
    if not acts:
        return ""
    number = getattr(one, "pk", None) or one.id
    links = [
        format_html('<a href="?do={}&amp;of={}">{}</a>', act.name, number, act.label)
        if act.form
        else format_html(
            '<button class="plain" form="acts" formaction="?do={}&amp;of={}&amp;part_version={}">{}</button>',
            act.name, number, part_seen(one) or "", act.label,
        )
        for act in acts
    ]  # fmt: skip
    return format_html('<span class="beside">{}</span>', format_html_join(" ", "{}", ((link,) for link in links)))
