"""Ingesting and keeping readings: MQTT session, journal file, checks, live statistics, stores."""

import sys
from typing import cast

# structlog takes rich along where it finds it, for traces in colours that nobody here asks for: 4 MB in each
# process. A module that is None is not found (Python's reference, 5.3.1).
_modules = cast("dict[str, object]", sys.modules)
_rich = _modules.setdefault("rich", None)
try:
    import structlog  # noqa: F401 - for all who import it later
finally:
    if _rich is None:
        del _modules["rich"]
