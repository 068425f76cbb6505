"""The table of fields, told to programs (JSON Schema 2020-12) and to people (tables in Markdown)."""

from typing import Any

from claims.dossiers.fields import LONGEST_KEY, LONGEST_LOCATOR, PARTS, TABLE, Field

_KEY = f"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_KEY - 1}}}"
_POSITION = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0}
_SPAN = {
    "type": "array",
    "prefixItems": [
        _POSITION,
        _POSITION,
        {"type": "string", "enum": list(PARTS)},
        {"type": "string", "maxLength": LONGEST_LOCATOR},
    ],
    "minItems": 2,
    "maxItems": 4,
}
#: a row of another claim, or of another file, is named with that one's key before its own
_ELSEWHERE = ("claim", "quantity")
_SIMPLE: dict[str, dict[str, Any]] = {
    "key": {"type": "string", "pattern": f"^{_KEY}$"},
    "ref": {"type": "string", "pattern": f"^{_KEY}(/{_KEY})?$"},
    "decimal": {"type": ["number", "string"], "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"},
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "yes_no": {"anyOf": [{"type": "string", "enum": ["yes", "no", "true", "false"]}, {"type": "boolean"}]},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "span": {"$ref": "#/$defs/span"},
    "spans": {"type": "array", "items": {"$ref": "#/$defs/span"}},
}


def json_schema() -> dict[str, Any]:
    """A dossier as JSON Schema. It holds what one field can tell; references and spans are checked on import."""
    rows = {name: _mapping(fields) for name, fields in TABLE.items() if name != "dossier"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "factdesk record file (dossier)",
        **_mapping(TABLE["dossier"]),
        "$defs": {"span": _SPAN, **rows},
    }


def components(called: str) -> dict[str, Any]:
    """The same for OpenAPI: a schema for each kind of row, that of the whole under this name, refs among them."""
    told = json_schema()
    rows = {_called(called, of): schema for of, schema in told.pop("$defs").items()}
    del told["$schema"]
    refs: dict[str, Any] = _refer({called: told} | rows, called)
    return refs


def _called(whole: str, of: str) -> str:
    return whole + of.title().replace("_", "")


def _refer(told: Any, called: str) -> Any:
    if isinstance(told, list):
        return [_refer(each, called) for each in told]
    if not isinstance(told, dict):
        return told
    if isinstance(ref := told.get("$ref"), str):
        return {"$ref": f"#/components/schemas/{_called(called, ref.removeprefix('#/$defs/'))}"}
    return {name: _refer(each, called) for name, each in told.items()}


def _words(words: tuple[str, ...]) -> dict[str, Any]:
    """One of these words; what is a number may stand as one."""
    numbers = [int(word) for word in words if word.isdigit()]
    told = {"type": "string", "enum": list(words)}
    return {"anyOf": [told, {"type": "integer", "enum": numbers}]} if numbers else told


def _mapping(fields: dict[str, Field]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {**_field(field), "description": field.means} for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, Any]:
    if field.type == "ref" and field.of not in _ELSEWHERE:
        return dict(_SIMPLE["key"])
    if field.type in _SIMPLE:
        return dict(_SIMPLE[field.type])
    row = {"$ref": f"#/$defs/{field.of}"}
    text: dict[str, Any] = {"type": "string", "maxLength": field.longest}
    digits = {"type": ["integer", "string"], "pattern": "^-?[0-9]+$", "minimum": field.least, "maximum": field.most}
    made: dict[str, dict[str, Any]] = {
        "text": {**text, **({"pattern": r"\S"} if field.required else {})},
        "word": _words(field.words),
        "integer": digits,
        "texts": {"type": "array", "items": text},
        "row": row,
        "rows": {"type": "array", "items": row, **({"maxItems": field.most} if field.most else {})},
        "hop": {"anyOf": [row, _SIMPLE["key"]]},
    }
    return made[field.type]


def field_tables() -> str:
    """One Markdown table for each kind of row, for docs/dossiers.md."""
    return "\n\n".join(f"### {of}\n\n{_markdown(fields)}" for of, fields in TABLE.items())


def _markdown(fields: dict[str, Field]) -> str:
    lines = ["| field | holds | |", "|---|---|---|"]
    for name, field in fields.items():
        must = "**required.** " if field.required else ""
        lines.append(f"| `{name}` | {_holds(field)} | {must}{field.means} |")
    return "\n".join(lines)


def _holds(field: Field) -> str:
    if field.type == "word":
        words = ", ".join(f"`{word}`" for word in field.words)
        return f"{words}; preset `{field.default}`" if field.default and len(field.words) > 1 else words
    told = {
        "text": f"text, at most {field.longest:,}",
        "texts": "list of texts",
        "ref": f"key of a {field.of}",
        "rows": f"list of {field.of}",
        "row": f"a {field.of}",
        "hop": f"{field.of}, or the key of one",
        "integer": f"whole number, {field.least} to {field.most}",
        "yes_no": f"`yes` or `no`; preset `{field.default}`",
        "spans": "list of spans",
    }
    return told.get(field.type, field.type)
