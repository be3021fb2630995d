"""Where colour comes from, and what becomes of lines that cannot be written."""

from __future__ import annotations

import errno
import io

import pytest

from tests.support.terminal import Terminal
from truewheel.report.console import OutputError, is_live, print_lines, write_line, writing

LINE = [("fit", "green"), (" a\x1b[31m[red]b", "")]
PLAIN = "fit a\\x1b[31m[red]b\n"


@pytest.mark.parametrize(
    ("stream", "environ", "is_coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"TERM": "dumb", "FORCE_COLOR": "1"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (io.StringIO(), {"TERM": "xterm", "FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_has_colours(stream: io.StringIO, environ: dict[str, str], *, is_coloured: bool) -> None:
    print_lines([LINE], stream, environ)
    text = stream.getvalue()
    assert ("\x1b[32mfit\x1b[0m" in text) == is_coloured
    # The text is the same, and its control characters are spelled out.
    assert text.replace("\x1b[32m", "").replace("\x1b[0m", "") == PLAIN


def test_only_a_terminal_that_is_not_dumb_can_be_drawn_over() -> None:
    assert is_live(Terminal(), {"TERM": "xterm"})
    assert not is_live(Terminal(), {"TERM": "dumb"})
    assert not is_live(io.StringIO(), {"TERM": "xterm"})


def test_a_line_is_shown_at_once() -> None:
    class Stream(io.StringIO):
        flushed = ""

        def flush(self) -> None:
            self.flushed = self.getvalue()

    stream = Stream()
    write_line("building\r", stream)
    assert stream.flushed == "building\\r\n"


@pytest.mark.parametrize(
    ("number", "is_closed"),
    # Windows reports a closed pipe as EINVAL.
    [(errno.EPIPE, True), (errno.EINVAL, True), (errno.ENOSPC, False), (errno.EIO, False)],
)
def test_a_closed_pipe_is_told_from_other_errors(number: int, *, is_closed: bool) -> None:
    with pytest.raises(OutputError, match=r"^the page cannot be written: why$") as caught, writing("the page"):
        raise OSError(number, "why")
    assert caught.value.is_closed == is_closed
