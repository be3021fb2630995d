"""GitHub's patterns: filters for branches and tags, names of artifacts, paths of files."""


class PatternError(ValueError):
    """The pattern is not one that GitHub accepts; the message says why."""
