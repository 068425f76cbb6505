"""A dossier's tree as YAML or JSON, as a person would write it: long texts as blocks, spans on one line, no aliases."""

import json
import re
from typing import Any

import yaml

from claims.dossiers.fields import LARGEST_FILE
from factdesk.errors import DomainError

WIDTH = 110
#: YAML 1.1 reads these as ends of lines, and so as blanks: they are escaped.
_BREAKS = re.compile("[\r\x85\u2028\u2029]")


class TooLarge(DomainError):
    """The record of this document does not fit into one dossier."""

    code = "too_large"
    status = 422


class _Dumper(yaml.SafeDumper):
    """Every text is written so that it is read as the same text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if _BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    flat = not any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flat)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)


def to_yaml(tree: dict[str, Any]) -> bytes:
    """The dossier as YAML, in UTF-8. Raises :class:`TooLarge`."""
    return _checked(yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH))


def to_json(tree: dict[str, Any]) -> bytes:
    """The dossier as JSON, in UTF-8. Raises :class:`TooLarge`."""
    return _checked(json.dumps(tree, ensure_ascii=False, indent=1) + "\n")


def _checked(text: str) -> bytes:
    data = text.encode()
    if len(data) > LARGEST_FILE:
        raise TooLarge(f"The record file would have {len(data):,} bytes; at most {LARGEST_FILE:,} are taken.")
    return data
