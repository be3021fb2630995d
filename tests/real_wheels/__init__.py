"""Popular wheels of PyPI, judged each on its own: a gate that cries wolf is switched off."""
