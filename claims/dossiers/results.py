"""What came of an import."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Conflict:
    """A row that the file wants otherwise and the desk keeps; ``line`` and ``path`` are its place in the file."""

    line: int
    path: str
    table: str
    key: str
    message: str


@dataclass(frozen=True)
class Pending:
    """A relation to a claim that is not on the desk yet. It is in no table: importing the file again makes it."""

    line: int
    path: str
    claim: str
    kind: str
    other: str


@dataclass
class Loaded:
    """What one dossier changed. ``counts``: table to (created, updated, unchanged, withdrawn) to how many."""

    key: str
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)

    def count(self, table: str, what: str, many: int = 1) -> None:
        self.counts.setdefault(table, Counter())[what] += many

    def conflict(self, line: int, path: str, table: str, key: str, message: str) -> None:
        self.conflicts.append(Conflict(line, path, table, key, message))

    def of(self, table: str, what: str) -> int:
        return self.counts[table][what] if table in self.counts else 0

    def total(self, what: str) -> int:
        return sum(counted[what] for counted in self.counts.values())
