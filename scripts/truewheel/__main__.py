"""The command line: `truewheel NAME …` runs the program of that name, as `nox -s NAME -- …` does.

From the tree, without installing anything, it is `python scripts/truewheel NAME …`.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# Without `from __future__ import annotations`, which is newer, even Python 3.6 gets here.
if sys.version_info < (3, 10):  # noqa: UP036  it says so where nothing was installed
    # The report, which prints everything else, needs a newer one too.
    argparse.ArgumentParser().exit(2, f"truewheel needs Python 3.10 or newer, this is {sys.version.split()[0]}\n")

if not __package__:
    # Python put this folder on the path, in which `config` or `tag` would hide somebody else's module.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

# What each program does, in the order of a release.
PROGRAMS = {
    "init": "write what a release needs into your repository: a noxfile, workflows, locks",
    "wheels": "build, verify and test the wheel of a platform, and put it in dist/",
    "validate": "may this tag be released?",
    "check-dist": "may the files in dist/ be published?",
    "rehearse": "run the whole release workflow locally, with an index on loopback",
    "verify": "do users get what was built?",
    "lock": "lock what the sessions and the wheel builds install",
}
# Which extra of the package each program needs; the others need only its dependencies.
_EXTRAS = {"init": "build", "wheels": "build", "rehearse": "rehearse", "verify": "verify", "lock": "build"}
_USAGE = "usage: truewheel NAME [OPTION …]"
_VERSION = "truewheel --version prints the version of truewheel.\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program that the first argument names, and return its exit status; 2 if there is no such program."""
    # Imported here, because the path was not set at the top; it needs the standard library only.
    from truewheel.command_line import guarded  # noqa: PLC0415

    given = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("truewheel", lambda: _main(given))


def _main(given: Sequence[str]) -> int:
    from truewheel.report.console import write_text  # noqa: PLC0415  see above

    name = given[0] if given else ""
    if name in ("-h", "--help"):
        write_text(_help(), sys.stdout)
        return 0
    if name == "--version":
        # 15 ms to import, and few ask.
        from truewheel.origin import version  # noqa: PLC0415

        write_text(f"truewheel {version()}\n", sys.stdout)
        return 0
    if name not in PROGRAMS:
        problem = f"{name!r} is not a program" if name else "no program was named"
        write_text(f"{_help()}\ntruewheel: {problem}\n", sys.stderr)
        return 2
    try:
        program = importlib.import_module(f"truewheel.programs.{name.replace('-', '_')}")
        status: int = program.main(given[1:])
    except ModuleNotFoundError as error:
        missing = (error.name or "truewheel").partition(".")[0]
        if missing == "truewheel":
            raise
        return _report_missing(missing, name, as_json="--json" in given)
    return status


def _report_missing(module: str, name: str, *, as_json: bool) -> int:
    from truewheel.errors import ReleaseError  # noqa: PLC0415  see above
    from truewheel.report.model import Report  # noqa: PLC0415
    from truewheel.report.printing import print_report  # noqa: PLC0415

    extra = f"[{_EXTRAS[name]}]" if name in _EXTRAS else ""
    hint = f"install truewheel with its dependencies: truewheel{extra} @ git+https://github.com/OWNER/REPOSITORY"
    if (Path(__file__).resolve().parents[2] / "noxfile.py").is_file():
        python = Path(".nox", name, "Scripts" if sys.platform == "win32" else "bin", "python")
        hint = f"run nox -s {name}" + ("" if name == "wheels" else f", or {python} scripts/truewheel {name}")
    error = ReleaseError(f"the module {module} is not installed for {sys.executable}", hint=hint)
    report = Report(name, error=error, task="run")
    print_report(report, sys.stdout, as_json=as_json, environ=os.environ)
    return report.outcome.exit_status


def _help() -> str:
    width = max(map(len, PROGRAMS))
    rows = "".join(f"  {name:{width}}  {task}\n" for name, task in PROGRAMS.items())
    return f"{_USAGE}\n\n{rows}\ntruewheel NAME --help lists the options of a program.\n{_VERSION}"


if __name__ == "__main__":
    sys.exit(main())
