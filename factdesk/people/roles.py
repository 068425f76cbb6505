"""Who may do what: one literal table, and nothing else decides it."""

from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _


class Asker(Protocol):
    """Whoever asks: a person, or a token that acts for one."""

    def may(self, right: str) -> bool:
        """Whether they have this right."""


class Role(models.TextChoices):
    READER = "reader", _("Reader")
    REPORTER = "reporter", _("Reporter")
    CHECKER = "checker", _("Checker")
    EDITOR = "editor", _("Editor")
    CHIEF = "chief", _("Chief")
    LEGAL = "legal", _("Legal")


_READER = {"read", "webhooks"}
_REPORTER = _READER | {"propose", "annotate"}
_CHECKER = _REPORTER | {"edit", "take", "assess", "tick", "submit", "change_copy", "ask_reply"}
_EDITOR = _CHECKER | {
    "sign_off",
    "send_back",
    "clear",
    "merge",
    "reopen",
    "close",
    "rule",
    "retract",
    "assign",
    "exempt",
    "decide_copy",
    "weigh_sources",
    "read_restricted",
}
_CHIEF = _EDITOR | {"override", "regrade", "protect", "print_unchecked", "invite", "tokens"}
_LEGAL = {"read", "webhooks", "read_restricted", "annotate", "legal_hold", "exempt_court_record"}

#: role -> what its people may do (DOMAIN.md §1, Roles)
RIGHTS: dict[str, frozenset[str]] = {
    Role.READER: frozenset(_READER),
    Role.REPORTER: frozenset(_REPORTER),
    Role.CHECKER: frozenset(_CHECKER),
    Role.EDITOR: frozenset(_EDITOR),
    Role.CHIEF: frozenset(_CHIEF),
    Role.LEGAL: frozenset(_LEGAL),
}

#: a token's scope -> the rights that it lets through; a token has its scopes' rights ∩ its person's
SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset(_CHECKER),
    "review": frozenset(_CHIEF | _LEGAL),
}

#: role -> the roles that its people may give to others, by invitation or by changing a person's
GIVES: dict[str, frozenset[str]] = {
    Role.READER: frozenset(),
    Role.REPORTER: frozenset(),
    Role.CHECKER: frozenset(),
    Role.EDITOR: frozenset(),
    Role.CHIEF: frozenset(Role.values),
    Role.LEGAL: frozenset(),
}
