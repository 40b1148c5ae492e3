"""Every mail of the collection of real mails goes through the whole path, and none of them breaks it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mailbot import setup
from tests.corpus import corpus_dir, needs_corpus
from tests.pgp_home import new_home

_NOT_MAIL = {"SOURCE.md", "expected.json", "keys.tar.xz"}
_EXPECTED = {
    "automated-dmarc": {"auto_reply"},
    "real-reports-oss-security": {"report"},
    "bounce-flufl": {"bounce", "held", "auto_reply"},
    "bounce-sisimai": {"bounce", "held", "auto_reply", "list"},
}
"""What the mails of a folder may be taken for; no bounce or machine's mail for a report."""


@needs_corpus
def test_rehearsal_of_every_mail_of_the_collection() -> None:
    """No exception, nobody is answered who must not be, and bounces and machines open no case."""
    corpus = corpus_dir()
    assert corpus is not None
    files = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.name not in _NOT_MAIL]
    desk = new_home()
    list(setup.init(desk, "Desk", "security@desk.example.jp", None))
    shown = _rehearse(desk, files)
    kinds: dict[str, Counter[str]] = {}
    for mail in shown:
        folder = Path(mail["source"].partition(":")[0]).relative_to(corpus).parts[0]
        kinds.setdefault(folder, Counter())[mail["kind"]] += 1
        if mail["kind"] in ("bounce", "auto_reply", "list", "loop", "spam"):
            assert mail["mail"] == [], mail["source"]
    print(json.dumps(kinds, indent=1, sort_keys=True))  # noqa: T201  # the counts, for `pytest -s`
    assert len(shown) >= len(files)
    for folder, allowed in _EXPECTED.items():
        assert set(kinds[folder]) <= allowed, (folder, kinds[folder])


def _rehearse(desk: Path, files: list[Path]) -> list[dict[str, object]]:
    # A process of its own: what reads the mails has a limit of memory, and would begin with all that the tests hold.
    call = [sys.executable, "-m", "mailbot", "--config", str(desk / "mailbot.toml"), "rehearse", "--json"]
    done = subprocess.run([*call, *map(str, files)], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]
