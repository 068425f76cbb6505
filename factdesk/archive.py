"""The file that a backup is: a zip with the dump, what is known of it, and a word to whoever opens it.

The bargain: the file is there whole or not at all, readable by this account alone; and what is taken out of it is
what was put in, or :class:`Damaged` is raised before anybody acts on it. Entries are stored as they are (the dump is
compressed already), so ``unzip`` and ``pg_restore`` get at it without factdesk.
"""

import hashlib
import json
import lzma
import os
import secrets
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

FORMAT = 1
DUMP, MANIFEST, README = "database.dump", "manifest.json", "README.txt"
PIECE = 1 << 20

_README = """\
A backup of a factdesk desk: everything in its database, also what is protected. Keep it like the desk itself.

    script/manage restore FILE

brings it back. By hand: unzip, then pg_restore --no-owner --no-privileges --dbname=... database.dump
"""

#: what Python's zipfile and json raise for files that are none
_ODD = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(KeyError, IndexError, TypeError, ValueError, OverflowError, NotImplementedError, RuntimeError),
)


class Damaged(Exception):
    """It is no backup, or not the one that was made; the message says why."""


@contextmanager
def written(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """A file that takes ``path``'s place (0600) when the block ends well, and is gone when it does not.

    FileExistsError where there is one already, unless ``force``; OSError where it cannot be written.
    """
    _refuse_existing(path, force)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _refuse_existing(path, force)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _refuse_existing(path: Path, force: bool) -> None:
    if path.is_dir():
        raise IsADirectoryError(None, "It is a folder", str(path))
    if path.exists() and not force:
        raise FileExistsError(None, "It is there already; --force overwrites it", str(path))


class Packing:
    """An archive in the making, in a ``with`` block: :meth:`put` the dump, then :meth:`end` with what is known."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._zip.writestr(README, _README)
        self._dump: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        # Nothing where it was ended. Else the block failed, and told why: what cannot be written now is thrown away.
        with suppress(OSError, ValueError):
            self._zip.close()

    def put(self, dump: IO[bytes]) -> None:
        """Take the dump to its end."""
        with self._zip.open(DUMP, "w", force_zip64=True) as entry:
            self._dump = _copied(dump, entry)

    def end(self, known: dict[str, Any]) -> None:
        """Add what is known, and end the archive."""
        told = {"format": FORMAT, **known, "dump": self._dump}
        self._zip.writestr(MANIFEST, json.dumps(told, indent=1) + "\n")
        self._zip.close()


class Archive:
    """An archive that is whole: each byte of it was held against its digest. ``known`` is what is known of the dump."""

    def __init__(self, path: Path) -> None:
        """Read it through. Damaged if it is none or not whole; OSError where there is none."""
        path.open("rb").close()
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                self.known: dict[str, Any] = json.loads(archive.read(MANIFEST))
                made_as = self.known["format"]
                if made_as == FORMAT:
                    self._check(archive)
        except _ODD as odd:
            raise Damaged(f"{path} is no backup of a desk, or it is cut off or damaged ({odd}).") from odd
        if made_as != FORMAT:
            raise Damaged(f"{path} is a backup of format {made_as}; this factdesk reads format {FORMAT}.")

    def _check(self, archive: zipfile.ZipFile) -> None:
        if broken := archive.testzip():
            raise zipfile.BadZipFile(f"{broken} is not what was written")
        with archive.open(DUMP) as entry:
            if _copied(entry, None) != self.known["dump"]:
                raise zipfile.BadZipFile("the dump is not the one that was made")

    @contextmanager
    def dump(self) -> Iterator[IO[bytes]]:
        """The dump, to be read from its beginning."""
        with zipfile.ZipFile(self.path) as archive, archive.open(DUMP) as entry:
            yield entry


def _copied(dump: IO[bytes], to: IO[bytes] | None) -> dict[str, Any]:
    """Read to the end, write it ``to`` somewhere; how much it was, and its digest."""
    digest, size = hashlib.sha256(), 0
    while piece := dump.read(PIECE):
        if to is not None:
            to.write(piece)
        digest.update(piece)
        size += len(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}
