"""The zip archive of a wheel, read once from its first byte to its last; what is wrong with it is an anomaly.

reader.py reads the records in order, data.py unpacks members, agreement.py compares the records with each other.
"""
