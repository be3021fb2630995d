"""Documents that several checks name as their source."""

from __future__ import annotations

PEP_427 = "PEP 427, the wheel format"
PEP_639 = "PEP 639, licences in Core Metadata"
CORE_METADATA = "Core Metadata specifications (Python Packaging User Guide)"
PYPI_UPLOAD = "PyPI's upload endpoint (pypi/warehouse on GitHub, warehouse/forklift)"
INSTALLED_PROJECTS = "PEP 376 and PEP 627, recording installed projects"
PLATFORM_TAGS = "PEP 425 and PEP 600, platform compatibility tags"
