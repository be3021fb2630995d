"""python -m quiverdb: check a store, or recover a damaged one."""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from quiverdb import Error, Report, check, recover


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if the store is whole, 1 if it is damaged, 2 if that cannot be found out."""
    parser = argparse.ArgumentParser(prog="python -m quiverdb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="verify every checksum of a store, without changing it")
    checking.add_argument("store")
    recovering = commands.add_parser("recover", help="write what is whole in a damaged store into a new one")
    recovering.add_argument("store")
    recovering.add_argument("new_store")
    options = parser.parse_args(arguments)
    checks = options.command == "check"
    try:
        report = check(options.store) if checks else recover(options.store, options.new_store)
    except (Error, OSError) as error:
        print(f"quiverdb: {error}", file=sys.stderr)
        return 2
    for line in _lines(options.store, report):
        print(line)
    if not checks:
        print(f"{options.new_store}: {_count(report.keys, 'key')} recovered")
    return 1 if report.damage else 0


def _lines(store: str, report: Report) -> Iterator[str]:
    for offset, size in report.damage:
        yield f"{store}: damaged at byte {offset}: {_count(size, 'byte')}"
    if report.torn:
        yield f"{store}: an interrupted write left {_count(report.torn, 'byte')} at the end"
    if not report.damage:
        yield f"{store}: {_count(report.keys, 'key')}, nothing is damaged"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


if __name__ == "__main__":
    sys.exit(main())
