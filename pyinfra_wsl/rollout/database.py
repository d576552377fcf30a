"""One SQLite file: opened, held to its form, changed in transactions, and what is wrong with it in one sentence.

A transaction is in the file as a whole or not at all, however the process ends (https://www.sqlite.org/atomiccommit.html); in WAL
mode others read meanwhile (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.failure import StepError

APPLICATION, FORMAT = 0x70577321, 1
"""What the file says of itself (``PRAGMA application_id``, ``user_version``): that it is ours, and its form."""

_WAIT = 10.0  # seconds for another process's transaction, of which each takes milliseconds

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ring (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  opened TEXT, passed TEXT, ready TEXT, approved TEXT NOT NULL DEFAULT '');
CREATE TABLE laptop (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, groups TEXT NOT NULL, site TEXT, zone TEXT, digest TEXT NOT NULL,
  ring INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', tries INTEGER NOT NULL DEFAULT 0, again TEXT,
  outcome TEXT NOT NULL DEFAULT '', verified INTEGER, kinds TEXT NOT NULL DEFAULT '[]', why TEXT NOT NULL DEFAULT '',
  shard TEXT NOT NULL DEFAULT '', changed TEXT, losses INTEGER NOT NULL DEFAULT 0);
CREATE TABLE wish (
  number INTEGER PRIMARY KEY, time TEXT NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
  taken TEXT);
CREATE TABLE event (number INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, ring INTEGER, text TEXT NOT NULL);
"""

_FULL = "free space or raise the limit, then call it again: it goes on where it was"
_ANEW = (
    "restore it from a copy, or begin anew with --anew, which keeps it aside and repeats nothing on laptops that are converged"
)
_CAUSES = (
    (sqlite3.SQLITE_FULL, "has no room left on its disk", _FULL),
    (sqlite3.SQLITE_IOERR, "cannot be read or written: its disk is full, at a limit, or gone", _FULL),
    (sqlite3.SQLITE_BUSY, "is locked by another program", "look who has it open (fuser FILE), and call it again"),
    (sqlite3.SQLITE_LOCKED, "is locked by another program", "look who has it open (fuser FILE), and call it again"),
    (sqlite3.SQLITE_READONLY, "may not be written", "look at the rights of the file and its folder"),
    (sqlite3.SQLITE_PERM, "may not be used", "look at the rights of the file and its folder"),
    (sqlite3.SQLITE_CANTOPEN, "cannot be opened", "look whether its folder is there, at its rights and its space"),
    (sqlite3.SQLITE_NOTADB, "is no SQLite file", "name the state of a rollout with --state"),
    (sqlite3.SQLITE_CORRUPT, "is damaged", _ANEW),
)


_CLOSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class StoreError(StepError):
    """The state of a rollout cannot be read or written."""


class NoRolloutError(StoreError):
    """There is no state of a rollout."""


class GoneError(StoreError):
    """The state that was opened is no longer the one of its name: what is written there is seen by nobody."""


class DamagedError(StoreError):
    """The state is there, and cannot be understood."""


class Database:
    """One file of ours.

    Args:
        path: where it is.
        new: whether it is to be made; it must not be there.

    Raises:
        StoreError: it cannot be used.

    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Open the file, and look whether it is what it should be."""
        self.path = path
        self._depth = 0
        if not new and not path.exists():
            raise NoRolloutError(
                f"{path}: no rollout has begun", "begin one with 'pyinfra-wsl rollout INVENTORY', or name its state with --state"
            )
        with self.telling():
            self._connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
        self._opened = self._place()
        try:
            with self.telling():
                self._begin() if new else self._look_over()
                self._connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may take the last of it, and is no lie then
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def look_for(self) -> None:
        """Look whether the file is still the one that was opened; raises `GoneError` where it was removed or replaced."""
        if self._place() != self._opened:
            raise GoneError(
                f"{self.path} was removed or replaced while it was in use: what has happened since is in no state",
                "put it back, or begin anew with --anew, which repeats nothing on laptops that are converged", "state",
            )  # fmt: skip

    def _place(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return what a query finds."""
        with self.telling():
            return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> int:
        """Change something, within `change`; return how many rows."""
        with self.telling():
            return self._connection.execute(sql, values).rowcount

    @contextmanager
    def look(self) -> Iterator[None]:
        """Let all queries of the block see the same moment."""
        if self._depth:
            yield
            return
        with self.telling():
            self._connection.execute("BEGIN")
        self._depth = 1
        try:
            yield
        finally:
            self._depth = 0
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make all changes of the block together; within another one, they are a part of that."""
        if self._depth:
            yield
            return
        self.look_for()
        with self.telling():
            self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            with self.telling():
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite has rolled some back by itself
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what SQLite says within into one sentence with a next step."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from None

    def _begin(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
        )

    def _look_over(self) -> None:
        """Hold the file to its form; who may only read it, and not make what SQLite puts beside it, reads it as it is.

        That is so where nobody has it open, and nothing of it stands beside it (https://www.sqlite.org/wal.html#readonly).
        """
        try:
            self._held_to_form()
        except sqlite3.OperationalError as error:
            beside = self.path.with_name(f"{self.path.name}-wal")
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CLOSED or (beside.exists() and beside.stat().st_size):
                raise
            self._connection.close()
            where = f"{self.path.absolute().as_uri()}?immutable=1"
            self._connection = sqlite3.connect(where, uri=True, timeout=_WAIT, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            self._held_to_form()

    def _held_to_form(self) -> None:
        (ours,), (form,) = (self._connection.execute(f"PRAGMA {one}").fetchone() for one in ("application_id", "user_version"))
        if ours != APPLICATION:
            raise DamagedError(f"{self.path} is no state of a rollout", "name the right file with --state")
        if form != FORMAT:
            raise StoreError(
                f"{self.path} was written by a newer release (its form is {form}, this one knows {FORMAT})",
                "install that release: pip install --upgrade pyinfra-wsl",
            )

    def _told(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it is a finer distinction
        for known, cause, remedy in _CAUSES:
            if code == known:
                kind = DamagedError if known in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) else StoreError
                return kind(f"{self.path} {cause}", remedy.replace("FILE", str(self.path)), "state")
        return DamagedError(f"{self.path} is not as it should be: {error}", _ANEW, "state")
