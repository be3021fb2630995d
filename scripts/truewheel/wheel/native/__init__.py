"""Native libraries as plain facts: what they are for, what they need, what they offer.

facts.py      what is known of a library, in every format
library.py    recognizes a format and reads it; elf, elf_symbols, pe and macho do so through image.py, which is bounded
loading.py    where the dynamic loader of Linux searches
policies.py   what each platform promises to have
"""
