"""Files, processes, git and GitHub Actions, as the machine offers them."""
