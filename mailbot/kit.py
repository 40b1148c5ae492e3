"""What the operator of a site needs to open a window of their own, written into a folder."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mailbot.core.desk import Desk
from mailbot.core.hosts import same_domain
from mailbot.core.security_contact import host_of, security_txt
from mailbot.core.show import desk_view
from mailbot.core.templates import Templates
from mailbot.core.views import DeskView, KitView
from mailbot.errors import PermanentError

NOBODY = DeskView("", "", "", "", "")
"""In place of the desk where the papers name none."""
_PAPERS = {
    "kit-readme": "README.{}.txt",
    "kit-guide": "guide.{}.html",
    "kit-page": "page.{}.html",
    "kit-answers": "answers.{}.txt",
}


class Signer(Protocol):
    """Signs with the desk's key."""

    @property
    def own(self) -> str: ...
    def clearsign(self, text: bytes) -> bytes: ...
    def export(self, fingerprint: str) -> bytes: ...


def is_ours(place: str, desk: Desk) -> bool:
    """Whether the site is the desk's own: its window is then the desk, and its file is signed with the desk's key."""
    return same_domain(host_of(place), desk.address.rpartition("@")[2])


def files(
    kit: KitView, templates: Templates, now: datetime, *, desk: DeskView = NOBODY, signer: Signer | None = None
) -> Mapping[str, bytes]:
    """Every file of the kit by its name. Raises TransientError where gpg cannot sign."""
    context = {"kit": kit, "desk": desk, "today": now.date()}
    made = {
        name.format(language): templates.paper(paper, language, context).encode()
        for paper, name in _PAPERS.items()
        for language in templates.languages
    }
    text = security_txt(kit, now).encode()
    if signer is None:
        return made | {"security.txt": text}
    return made | {"security.txt": signer.clearsign(text), "pgp-key.asc": signer.export(signer.own)}


def write(made: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write the files into a folder that has none of them yet. Raises PermanentError, with nothing written."""
    there = [name for name in made if (folder / name).exists()]
    if there:
        raise PermanentError(f"{folder} has {', '.join(sorted(there))} already; remove them, or name another by --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            with (folder / name).open("xb") as file:  # a link that leads nowhere yet is there too
                file.write(content)
    except OSError as exc:
        raise PermanentError(f"{folder}: cannot be written: {exc.strerror}") from None
    return tuple(folder / name for name in sorted(made))


def named(desk: Desk | None) -> DeskView:
    """The desk as the papers name it for questions."""
    return NOBODY if desk is None else desk_view(desk)
