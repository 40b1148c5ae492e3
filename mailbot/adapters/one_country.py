"""holidays: its countries one at a time, since the modules of all of them would fill 8 MB of every process."""

import sys
from pathlib import Path
from types import ModuleType

import holidays

_PACKAGE = "holidays.countries"


def no_more_than_asked() -> None:
    """From now on the library imports the country that is asked for, not first the package that imports them all."""
    if _PACKAGE not in sys.modules:
        package = sys.modules[_PACKAGE] = ModuleType(_PACKAGE)
        package.__path__ = [str(Path(holidays.__path__[0]) / "countries")]
