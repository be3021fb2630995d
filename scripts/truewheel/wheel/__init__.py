"""A wheel, read once.

reader.py gathers everything; archive/ reads the zip format and native/ the libraries; the other modules are named after
the files and names of a wheel that they read.
"""
