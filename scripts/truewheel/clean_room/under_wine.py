"""A clean environment with a Windows Python; its `bin/python` runs that Python under Wine."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from truewheel.system.pythons import Interpreter
from truewheel.system.wine import Wine, started
from truewheel.wheel.native.policies import windows_policy
from truewheel.wheel.reader import Wheel

# What Wine 8 cannot run: `_wmi` ends platform.platform(). A `._pth` file would hide the environment's site-packages.
_LEFT_OUT = shutil.ignore_patterns("_wmi.pyd", "*._pth", "__pycache__", "site-packages", "EXTERNALLY-MANAGED")
# Wine 8 has no CopyFile2, for which shutil does not look before it calls it.
_SITECUSTOMIZE = "import _winapi\nvars(_winapi).pop('CopyFile2', None)\n"
_MICROSOFT = re.compile(r"(?:msvc[mpr]|vcruntime|concrt|vcomp|vcamp|vccorlib|mfc|atl)\d", re.ASCII)
# Under Wine, Python starts only with pipes as standard streams.
_LAUNCHER = """\
#!/bin/sh
unset TMPDIR
{exports}
exec 4>&1
status=$({{ {{ : | {command} "$@" 2>&1 3>&- 4>&-; echo $? >&3; }} | cat >&4; }} 3>&1)
exit "$status"
"""


@contextlib.contextmanager
def windows_environment(env: Path, python: Interpreter, wine: Wine, wheel: Wheel | None) -> Iterator[None]:
    """Make an environment for `wheel` in the folder `env`, and end all of its programs afterwards.

    In `env`, `windows` is a copy of the Python, and `prefix` a copy of the Wine prefix. Wine has Microsoft's runtimes,
    which Windows does not have: they are hidden from the wheel, which must bundle them. A ReleaseError if Wine cannot
    be started.
    """
    policy = windows_policy(wheel.filename.tags) if wheel and wheel.filename else None
    runtimes = [dll for dll in wine.dlls() if _MICROSOFT.match(dll)]
    native = [dll.removesuffix(".dll") for dll in runtimes if policy and not policy.has(dll, "", by_python=False)]
    shutil.copytree(python.path.parent, env / "windows", ignore=_LEFT_OUT, copy_function=_link)
    site_packages(env).mkdir(parents=True)
    (env / "windows" / "Lib" / "sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="utf-8")
    (env / "bin").mkdir()
    environ = wine.environ(env / "prefix", native)
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environ.items())
    command = shlex.join([wine.program, str(env / "windows" / "python.exe")])
    _write_launcher(env / "bin" / "python", _LAUNCHER.format(exports=exports, command=command))
    with started(wine, env / "prefix", environ):
        yield


def site_packages(env: Path) -> Path:
    """Return the folder that the packages of a Windows environment are installed in."""
    return env / "windows" / "Lib" / "site-packages"


def write_scripts(env: Path) -> None:
    """Write launchers of the scripts that uv has installed, e.g. `bin/pytest`."""
    for script in (site_packages(env) / "bin").glob("*"):
        command = shlex.join([str(env / "bin" / "python"), str(script)])
        _write_launcher(env / "bin" / script.name, f'#!/bin/sh\nexec {command} "$@"\n')


def _write_launcher(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)
