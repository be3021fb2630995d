"""Tests of the release machinery: one module per module of scripts/, and workflows/ for the workflow files.

factories.py          makes wheels, dist/ folders and scratch repositories that are right until a test breaks one thing
native_factories.py   makes the native libraries inside, byte by byte, so that no compiler is needed
"""
