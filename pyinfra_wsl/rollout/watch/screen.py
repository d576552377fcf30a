"""What a person sees while a rollout runs: bars on a terminal, one line for each event where it is piped."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from pyinfra_wsl.report.summary import console as own_console
from pyinfra_wsl.report.summary import shown
from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch import waits
from pyinfra_wsl.rollout.watch.bar import COLOURS, bar
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.lines import Lines
from pyinfra_wsl.rollout.watch.sums import SHOWN, WORDS, Sum, summed

_SHARE = 0.1  # of the time that may go into looking: a rollout of 100,000 laptops is shown less often
_NARROWEST = 60  # columns; in fewer, lines are folded
_NAME, _SLIMMEST, _WIDEST = 16, 10, 40  # columns of a ring's name, and of its bar
_LAST = 3


class Screen:
    """The screen of a control, entered and left as a context; without a thread, so that a process may be forked beside it.

    Args:
        here: the time zone in which times are shown.
        console: where to print; standard output where it is None.

    """

    def __init__(self, here: ZoneInfo, console: Console | None = None) -> None:
        """Take how it is shown; nothing is printed before there is something to see."""
        self._here, self._console = here, console or own_console()
        self._live = Live(console=self._console, auto_refresh=False) if _animated(self._console) else None
        self._lines = Lines(here)
        self._last: tuple[Snapshot, Sequence[Happened]] | None = None
        self._rests = 0.0
        self._seen = True

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Show something within the block; once the terminal or the pipe is gone, nothing more: the rollout is not.

        For a broken pipe rich raises SystemExit (`rich.console.Console.on_broken_pipe`), which would end all.
        """
        try:
            yield
        except (OSError, SystemExit):
            self._seen, self._console.quiet = False, True

    def __enter__(self) -> Screen:
        """Begin to write over what was written before, where that can be."""
        if self._live is not None:
            with self._shown():
                self._live.start()
            self._live = self._live if self._seen else None  # what was not begun cannot be ended
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Show how it stood when it was looked at last, and leave that there."""
        with self._shown():
            if self._last is not None and kind is None and self._seen:
                now, (snapshot, events) = datetime.now(UTC), self._last
                self._show(replace(snapshot, held=False), events, now)  # who looked to the end ran it
                if self._live is None:
                    self._print(self._lines.end(snapshot, now))
        if self._live is not None:
            with self._shown():
                self._live.stop()

    def look(self, snapshot: Snapshot, events: Sequence[Happened], now: datetime | None = None) -> None:
        """Show how it stands: to be called about each second; costs at most a tenth of the time.

        Args:
            snapshot: how it stands.
            events: all that has happened, the oldest first.
            now: aware; the time of this machine where it is None.

        """
        self._last = snapshot, events
        begun = time.monotonic()
        if self._seen and begun >= self._rests:
            with self._shown():
                self._show(snapshot, events, now or datetime.now(UTC))
            self._rests = time.monotonic() + (time.monotonic() - begun) / _SHARE

    def _show(self, snapshot: Snapshot, events: Sequence[Happened], now: datetime) -> None:
        if self._live is None:
            self._print(self._lines.new(snapshot, events, now))
        else:
            self._live.update(View(snapshot, events, now, self._here), refresh=True)

    def _print(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)


def _animated(console: Console) -> bool:
    """Whether a person looks on, at a terminal that can be written over; where colours are forced into a pipe, nobody does."""
    return console.is_interactive and console.file.isatty()


class View:
    """How a rollout stands, as rich prints it: in the width and the characters that there are.

    Args:
        snapshot: how it stands.
        events: what has happened, the oldest first.
        now: aware.
        here: the time zone in which times are shown.
        failed: whether it is said why laptops failed, too.

    """

    def __init__(
        self, snapshot: Snapshot, events: Sequence[Happened], now: datetime, here: ZoneInfo, *, failed: bool = True
    ) -> None:
        """Sum the laptops up."""
        self._snapshot, self._events, self._now, self._here = snapshot, events, now, here
        self._sums, self._failed = summed(snapshot), failed

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        width = max(options.max_width, _NARROWEST)
        yield from _folded(self._head(), console, width)
        yield from self._bars(width, plain=options.ascii_only)
        for line in (*self._waits(), *self._last()):
            yield from _folded(line, console, width)

    def _head(self) -> Text:
        """Return who rolls out what, and since when."""
        one, of = self._snapshot, self._sums.counts
        who = f", run by {one.holder}" if one.held else ""
        words = f"{one.inventory}: {of['converged']} of {of.total()} converged, {one.stage}"
        return Text(shown(f"{words}, begun {waits.since(one.begun, self._now, self._here)}{who}"), "bold")

    def _bars(self, width: int, *, plain: bool) -> Iterator[Text]:
        """Yield a bar for each ring, with its laptops by their states beside it."""
        rings = self._sums.rings
        names = [_cut(shown(one.name)) for one in rings]
        name = max(map(cell_len, names), default=0)
        number = len(str(max((one.total for one in rings), default=0)))
        wide = max(min((width - name - number - 6) // 3, _WIDEST), _SLIMMEST)
        for one, title in zip(rings, names, strict=True):
            line = Text(f"{set_cell_size(title, name)}  ")
            line.append_text(bar(one, wide, plain=plain))
            line.append(f"  {one.total:>{number}}  ")
            yield from _beside(line, one, width)

    def _waits(self) -> Iterator[Text]:
        """Yield what waits for what: of the rollout, then of each ring that was opened."""
        for line in waits.of_rollout(self._snapshot):
            yield Text(shown(line), "yellow")
        for number, ring in enumerate(self._sums.rings):
            if ring.standing.opened is None:
                continue  # its bar says so
            if found := waits.of_ring(number, self._snapshot, self._sums, self._now, self._here, failed=self._failed):
                yield Text(_cut(shown(ring.name)), "bold")
            for line in found:
                yield Text(f"  {shown(line)}")

    def _last(self) -> Iterator[Text]:
        """Yield what happened last."""
        above = self._snapshot.why if self._snapshot.stage != "running" else None
        for one in [one for one in self._events if one.kind != "told" and one.text != above][-_LAST:]:
            yield Text(shown(waits.row(one, self._snapshot, self._now, self._here)), "dim")


def _folded(words: Text, console: Console, width: int) -> Iterator[Text]:
    """Yield a sentence in as many lines as it needs, those after the first further in."""
    indent = len(words.plain) - len(words.plain.lstrip())
    for number, line in enumerate(words.wrap(console, width - 4)):
        line.rstrip()
        if number:
            yield Text(" " * (indent + 2)).append_text(line)
        else:
            yield line


def _cut(name: str) -> str:
    return name if cell_len(name) <= _NAME else f"{set_cell_size(name, _NAME - 1)}…"


def _beside(line: Text, one: Sum, width: int) -> Iterator[Text]:
    """Yield a line with how many laptops of a ring stand how; what does not fit is below, in the same place."""
    place = line.cell_len
    told = [(f"{many} {WORDS.get(state, state)}", COLOURS[state]) for state in SHOWN if (many := one.counts[state])]
    for at, (words, colour) in enumerate(told):
        comma = "," if at + 1 < len(told) else ""
        if line.cell_len + len(words) + len(comma) > width and line.cell_len > place:
            yield _ended(line)
            line = Text(" " * place)
        line.append(words, colour).append(f"{comma} ")
    yield _ended(line)


def _ended(line: Text) -> Text:
    line.rstrip()
    return line
