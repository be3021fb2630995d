"""Native libraries as plain facts: their platform, the libraries and symbols that they need, those that they export.

facts.py      what is known of a library, in any format
library.py    detects the format; elf (with elf_symbols), pe and macho read it through image.py, which
              checks all bounds
loading.py    where the dynamic loader of Linux searches
policies.py   what every system of a platform has
"""
