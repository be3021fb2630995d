"""The actions that a release workflow is made of, by their names in lower case."""

CHECKOUT = "actions/checkout"
NOX = "wntrblm/nox"
UPLOAD = "actions/upload-artifact"
MERGE = "actions/upload-artifact/merge"
DOWNLOAD = "actions/download-artifact"
GITHUB_RELEASE = "softprops/action-gh-release"
PYPI_PUBLISH = "pypa/gh-action-pypi-publish"
