"""The first steps of a user with the installed package: `python -I smoke.py VERSION`, in an empty folder.

`nox -s verify` runs it with the package from the index; it needs nothing else.
"""

import importlib.metadata
import sys
from pathlib import Path

import quiverdb


def main(version: str) -> None:
    versions = {
        "the installed package": importlib.metadata.version("quiverdb"),
        "quiverdb.__version__": quiverdb.__version__,
        "the native library": quiverdb.native_version(),
    }
    for what, found in versions.items():
        if found != version:
            sys.exit(f"the version of {what} is {found}, expected {version}")
    library = quiverdb.library_path().resolve()
    if Path(quiverdb.__file__).resolve().parent not in library.parents:
        sys.exit(f"the native library is {library}, outside of the package")
    with quiverdb.open("smoke.quiver") as db:
        db["apple"] = b"red"
        db["pear"] = b"green"
        del db["pear"]
    with quiverdb.open("smoke.quiver") as db:
        found_items = dict(db.items())
    if found_items != {"apple": b"red"}:
        sys.exit(f"after reopening, the store holds {found_items}")


if __name__ == "__main__":
    main(sys.argv[1])
