"""What must hold for publish.yml and ci.yml, one function per invariant, and proof that each one bites.

pipeline.py    reads both workflows, [tool.release] and the nox sessions
invariant.py   how an invariant is declared
triggers.py, trust.py, gates.py, artifacts.py   the invariants, by what they guard
edits.py       breaks a pipeline in memory, one thing at a time
"""
