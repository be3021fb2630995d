"""A wheel, read once: reader.py.

archive/ reads the zip format and native/ the libraries; the other modules are named after what they parse.
"""
