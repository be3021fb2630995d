"""python -m quiverdb: check a store, or recover a damaged one."""
# ruff: noqa: T201

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from quiverdb import Error, check, recover


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if the store is whole, 1 if it is damaged, 2 if that cannot be determined."""
    parser = argparse.ArgumentParser(prog="python -m quiverdb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="verify every checksum of a store, without changing it")
    recovering = commands.add_parser("recover", help="write what is whole in a damaged store into a new one")
    for command in (checking, recovering):
        command.add_argument("store")
    recovering.add_argument("new_store")
    options = parser.parse_args(arguments)
    store, target = options.store, getattr(options, "new_store", None)
    try:
        report = recover(store, target) if target else check(store)
    except (Error, OSError) as error:
        print(f"quiverdb: {error}", file=sys.stderr)
        return 2
    for offset, size in report.damage:
        print(f"{store}: damaged at byte {offset}: {_count(size, 'byte')}")
    if report.torn:
        print(f"{store}: an interrupted write left {_count(report.torn, 'byte')} at the end")
    if not report.damage:
        print(f"{store}: {_count(report.keys, 'key')}, nothing is damaged")
    if target:
        print(f"{target}: {_count(report.keys, 'key')} recovered")
    return 1 if report.damage else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


if __name__ == "__main__":
    sys.exit(main())
