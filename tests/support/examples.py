"""docs/checks.md quotes real messages of checks: every example must be among the messages of a whole test run.

Each process of the run collects the messages of the findings in its tests, and passes them to the process that started
it (pytest-xdist). Only a run of all tests is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.support.programs import ROOT
from truewheel.docs.checks_page import EXAMPLES, load_examples
from truewheel.findings import Problem, Rule


class Examples:
    """A pytest plugin that fails a whole run if no test produced one of the examples."""

    def __init__(self) -> None:
        self.messages: dict[str, set[str]] = {}
        self._patch = pytest.MonkeyPatch()
        self._invented: list[str] = []

    def pytest_sessionstart(self) -> None:
        fields_of, add = Rule._fields, self._add

        def remember(rule: Rule, problem: str | Problem, where: str) -> tuple[Any, ...]:
            fields = fields_of(rule, problem, where)
            add({rule.name: [fields[2]]})
            return fields

        self._patch.setattr(Rule, "_fields", remember)

    def _add(self, messages: Mapping[str, Iterable[str]]) -> None:
        for check, added in messages.items():
            self.messages.setdefault(check, set()).update(added)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._add(getattr(node, "workeroutput", {}).get("messages", {}))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self._patch.undo()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["messages"] = {check: sorted(found) for check, found in self.messages.items()}
        elif exitstatus == pytest.ExitCode.OK and _is_whole(session.config):
            examples = load_examples(ROOT).items()
            self._invented = [check for check, example in examples if example not in self.messages.get(check, ())]
            if self._invented:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for check in self._invented:
            found = sorted(self.messages.get(check, ()))
            line = f"{EXAMPLES.as_posix()}: no test produced the example of {check}; its messages were {found}"
            terminalreporter.write_line(line, red=True)


def _is_whole(config: pytest.Config) -> bool:
    """Return whether all tests of all checks were chosen, and run."""
    options = config.option
    chosen = {str((config.invocation_params.dir / argument).resolve()) for argument in config.args}
    is_usual = options.markexpr in config.getini("addopts") and not options.keyword and not options.skip_once
    return (
        chosen == {str(ROOT / "tests")} and is_usual and not options.collectonly and not getattr(options, "lf", False)
    )
