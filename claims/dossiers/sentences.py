"""A dossier's snapshot, its sentences, and the sentences that it rules out. None of them is ever changed."""

import hashlib
from bisect import bisect_right
from typing import Any

from claims.dossiers.checking import Row, Span
from claims.dossiers.merging import Merger, digest
from claims.dossiers.references import Dossier
from claims.models import Ruling
from claims.vocabularies import CHECKABLE, RulingAbout
from factdesk.people.models import User
from sources import laying, sentences
from sources.anchoring import sentence_key
from sources.models import Sentence, Snapshot
from sources.models.document import CapturedFrom


def _start(sentence: Sentence) -> int:
    return sentence.start


class Sentences:
    """Lays down the snapshot (found by its digest, or made) and its sentences; then rules sentences out."""

    def __init__(self, dossier: Dossier, by: User, merger: Merger) -> None:
        self.dossier = dossier
        self.by = by
        self.merger = merger
        self.loaded = merger.loaded
        self.has_new_lines = False
        row = dossier.root["snapshot"]
        self.snapshot = self._snapshot(row) if row else None
        self.sentences = self._sentences(row) if row else {}

    def _snapshot(self, row: Row) -> Snapshot:
        text = self.dossier.text
        sha256 = row["sha256"] if text is None else hashlib.sha256(text.encode()).hexdigest()
        laying.take_turn(self.merger.document.pk)
        held = Snapshot.objects.filter(document=self.merger.document, sha256=sha256).order_by("pk").first()
        if held is None:
            held = Snapshot.objects.create(
                document=self.merger.document,
                text=text,
                sha256=sha256,
                length=row["length"] if text is None else len(text),
                captured_at=row["captured_at"],
                captured_by=self.by,
                captured_from=CapturedFrom.DOSSIER,
            )
            self.loaded.count("snapshot", "created")
        elif held.sealed and text is not None:
            held.text = text
            held.save(update_fields=["text"])
            self.loaded.count("snapshot", "updated")
        else:
            self.loaded.count("snapshot", "unchanged")
            said = {"length": row["length"] if text is None else len(text), "captured_at": row["captured_at"]}
            for name in [name for name in said if getattr(held, name) != said[name]]:
                told = f"A saved copy is never changed; {name} is {getattr(held, name)} on the desk."
                self.loaded.conflict(*row.place(name), "snapshot", sha256, told)
        return held

    def _sentences(self, row: Row) -> dict[tuple[int, int], Sentence]:
        held = {sentence.start: sentence for sentence in Sentence.objects.filter(snapshot=self.snapshot)}
        spans: list[Span] = row["sentences"]
        for start in sorted(held.keys() - {span.start for span in spans}) if spans else ():
            told = f"A sentence begins at {start} on the desk, and none in the record file."
            self.loaded.conflict(*row.place("sentences"), "sentence", f"{start}-{held[start].end}", told)
        in_order = sorted(held.values(), key=_start)
        fitting = [span for span in spans if self._fits(span, in_order)]
        new = [span for span in fitting if span.start not in held]
        made = self._laid(new) if new else []
        self.loaded.count("sentence", "created", len(made))
        self.loaded.count("sentence", "unchanged", len(fitting) - len(made))
        return {(sentence.start, sentence.end): sentence for sentence in [*held.values(), *made]}

    def _laid(self, new: list[Span]) -> list[Sentence]:
        """They go on from the lines of the document's other copies; what stands in our own follows them afterwards."""
        assert self.snapshot is not None  # noqa: S101 - it has been found or made just before
        self.has_new_lines = True
        laying.lay_older(self.snapshot)
        return laying.lay_spans(self.snapshot, [sentences.Span(span.start, span.end, span.part) for span in new])

    def _fits(self, span: Span, held: list[Sentence]) -> bool:
        """Whether the span is a sentence on the desk, or lies between two; else it is a conflict."""
        at = bisect_right(held, span.start, key=_start)
        across = [one for one in held[max(0, at - 1) : at + 1] if one.start < span.end and span.start < one.end]
        if all((one.start, one.end, one.part) == (span.start, span.end, span.part) for one in across):
            return True
        told = "; ".join(f"[{one.start}, {one.end}, {one.part}]" for one in across)
        told = f"A sentence is never changed; on the desk it is {told}."
        self.loaded.conflict(span.line, span.path, "sentence", f"{span.start}-{span.end}", told)
        return False

    # --- sentences that need no claim ---

    def rule_out(self) -> None:
        """Rulings are added, never changed: the newest counts. A ruling of the desk's own is left alone."""
        newest: dict[int, Ruling] = {}
        ids = [sentence.pk for sentence in self.sentences.values()]
        for ruling in Ruling.objects.filter(about=RulingAbout.SENTENCE, sentence__in=ids).order_by("pk"):
            newest[ruling.sentence_id or 0] = ruling
        new: list[tuple[str, str, dict[str, Any]]] = []
        for row in self.dossier.root["ruled_out"]:
            span: Span = row["sentence"]
            sentence = self.sentences.get((span.start, span.end))
            if sentence is not None:
                columns = {"decision": row["decision"], "reason": row["reason"], "sentence_id": sentence.pk}
                self._rule(row, f"{span.start}-{span.end}", columns, newest.get(sentence.pk), new)
        for mark in self.merger.gone("ruling"):
            mine = next((ruling for ruling in newest.values() if ruling.pk == mark.object_id), None)
            if mine is not None and mine.decision != CHECKABLE:
                columns = {"decision": CHECKABLE, "reason": "", "sentence_id": mine.sentence_id}
                new.append(("withdrawn", mark.key, columns))
        self._add(new)

    def _rule(
        self, row: Row, key: str, columns: dict[str, Any], newest: Ruling | None, new: list[tuple[str, str, Any]]
    ) -> None:
        self.merger.expected.add(("ruling", key))
        mark = self.merger.marks.get(("ruling", key))
        said = digest(columns)
        if newest is None:
            new.append(("created", key, columns))
        elif said in (digest({name: getattr(newest, name) for name in columns}), mark.digest if mark else ""):
            self.loaded.count("ruling", "unchanged")
        elif mark and mark.object_id == newest.pk:
            new.append(("updated", key, columns))
        else:
            told = f"The desk has ruled on this sentence: {newest.decision}."
            self.loaded.conflict(row.line, row.path, "ruling", key, told)

    def _add(self, new: list[tuple[str, str, dict[str, Any]]]) -> None:
        sha256 = self.snapshot.sha256 if self.snapshot else ""
        rulings = [
            Ruling(
                about=RulingAbout.SENTENCE,
                key=sentence_key(sha256, *(int(end) for end in key.split("-"))),
                by=self.by,
                **columns,
            )
            for _, key, columns in new
        ]
        for (what, key, columns), ruling in zip(new, Ruling.objects.bulk_create(rulings), strict=True):
            self.merger.mark("ruling", key, ruling.pk, digest(columns))
            self.loaded.count("ruling", what)
