"""Cleans files by kind, in a process of its own that may be killed: they come from strangers and go through C."""

import contextlib
from dataclasses import replace

from mailbot.adapters import archives, images, office, pdf_text, pdfs
from mailbot.adapters.child_reader import Child
from mailbot.core.file_kinds import Kind
from mailbot.core.file_records import Cleaned
from mailbot.core.limits import Limits
from mailbot.core.messages import Attachment
from mailbot.errors import ReadingError

_SECONDS = 15  # for one file
_PATIENCE = 2  # files that may take too long before the rest is left alone
_BYTES = 20_000_000


def clean(question: tuple[str, bytes]) -> Cleaned:
    """What is made of a file of that kind."""
    kind, content = question
    if len(content) > _BYTES:
        return Cleaned(refused="too_large")
    match Kind(kind):
        case Kind.IMAGE:
            return images.clean(content)
        case Kind.PDF:
            made = pdfs.clean(content)
            words = pdf_text.words(made.content) if not made.refused else ""
            return Cleaned(refused="damaged") if words is None else replace(made, words=words)
        case Kind.OFFICE:
            return office.clean(content)
        case Kind.ARCHIVE:
            return archives.look(content)
        case _:
            return Cleaned()


class Cleaner:
    """Implements `ports.Cleaner` right here: for tests."""

    def clean(self, files: tuple[tuple[str, Attachment], ...]) -> tuple[Cleaned, ...]:
        """Each file in its clean form."""
        return tuple(clean((kind, file.content)) for kind, file in files)


class ChildCleaner:
    """Implements `ports.Cleaner` with a child that lives as long as one question."""

    def __init__(self, limits: Limits) -> None:
        self._limits = replace(limits, read_seconds=_SECONDS)

    def clean(self, files: tuple[tuple[str, Attachment], ...]) -> tuple[Cleaned, ...]:
        """Each file in its clean form; what takes too long or too much memory is refused. Raises TransientError."""
        made: list[Cleaned] = []
        with contextlib.ExitStack() as stack:
            child: Child | None = None
            patience = _PATIENCE
            for kind, file in files:
                if patience == 0:
                    made.append(Cleaned(refused="too_slow"))
                    continue
                if child is None:
                    child = Child(clean, self._limits)
                    stack.callback(child.end)
                try:
                    answer = child.ask((kind, file.content))
                except ReadingError:
                    answer = Cleaned(refused="too_slow")
                    child.end()
                    child, patience = None, patience - 1
                made.append(answer if isinstance(answer, Cleaned) else Cleaned(refused="damaged"))
        return tuple(made)
