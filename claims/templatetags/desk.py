"""The desk's phrases in templates (claims.wording)."""

from django import template

from claims import pages, wording

register = template.Library()
register.filter("who", wording.who)
register.filter("called", wording.called)
register.filter("where", wording.where)
register.filter("owed", wording.owed)
register.simple_tag(pages.front_page, takes_context=False, name="front_page")
