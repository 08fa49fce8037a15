"""What a person at a terminal sees of a run that goes on, and how it is stopped."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

# Progress: drawn this often on a terminal, a line a minute elsewhere.
LIVE_SECONDS, QUIET_SECONDS = 0.25, 60.0


class Progress:
    """How far a run is, on standard error: drawn in place on a terminal, a line a minute elsewhere.

    Called with the ``Status`` of a run.
    """

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.phase, self.began, self.first = "", 0.0, 0
        self.planned, self.there = time.monotonic(), 0
        self.said, self.drawn = time.monotonic(), 0

    def __call__(self, status: Any) -> None:
        """Show a status."""
        from mc_engine.report import progress as words  # with the slow imports of the run

        now = time.monotonic()
        if status.phase == "compiling":
            print("compiling the kernels: once, about a minute", file=sys.stderr, flush=True)
            return
        if status.forecast is not None:
            print(words.planned(status.forecast), file=sys.stderr, flush=True)
            self.planned, self.there = now, status.done
            return
        if status.phase != self.phase:
            self.phase, self.began, self.first = status.phase, self.planned, self.there
            if status.phase == "collecting":
                self.began, self.first = now, 0
        rate = (status.done - self.first) / max(now - self.began, 1e-9)
        chances = status.tally.chances()
        if self.live:
            ended = status.phase == "collecting" and status.done >= status.total
            if ended or now - self.said >= LIVE_SECONDS:
                self.said = now
                lines = [self._bar(status, rate)]
                self._draw([] if ended else [*lines, *words.chances(status.targets, chances)])
        elif now - self.said >= QUIET_SECONDS:
            self.said = now
            text = self._bar(status, rate)
            print(f"{text}; {words.short(status.targets, chances)}", file=sys.stderr, flush=True)

    def rows(self, phase: str, done: int, total: int) -> None:
        """Show how far the rows of a ranking are."""
        now = time.monotonic()
        if done >= total or now - self.said >= (5.0 if self.live else QUIET_SECONDS):
            self.said = now
            print(f"{phase}: {done:,} of {total:,} rows", file=sys.stderr, flush=True)

    def _bar(self, status: Any, rate: float) -> str:
        from mc_engine.report import progress as words  # with the slow imports of the run

        left = status.seconds_left(rate)
        return words.bar(status.phase, status.done, status.total, rate, left, status.most)

    def leave(self) -> None:
        """Leave what was drawn where it is, and draw below."""
        self.drawn = 0

    def _draw(self, lines: list[str]) -> None:
        """Replace the block that was drawn before."""
        size = shutil.get_terminal_size()
        lines = [line[: size.columns - 1] for line in lines[: size.lines - 1]]
        up = f"\x1b[{self.drawn}A" if self.drawn else ""
        text = up + "".join(f"\x1b[2K{line}\n" for line in lines) + "\x1b[J"
        self.drawn = len(lines)
        print(text, end="", file=sys.stderr, flush=True)


class Stop:
    """Ctrl-C and SIGTERM: the first ends a run after the chunk in hand, the second at once."""

    def __init__(self, leave: Callable[[], None] = lambda: None) -> None:
        self.asked, self.leave = False, leave

    def __call__(self) -> bool:
        """Whether a person wants the run to end."""
        return self.asked

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self.leave()
        # Not by print: the signal may have come in the midst of one.
        os.write(2, b"\nending after the chunk in hand; once more ends at once\n")
