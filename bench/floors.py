"""The floors: the least that a part of the job can cost, each a command of its own over the whole corpus.

Each prints how many mails it handled.
"""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.corpus import COORDINATOR, DESK, Corpus
from bench.gpg import Home


def loop(corpus: Corpus, home: Home) -> list[str]:
    """A shell that decrypts mail after mail, one gpg each."""
    once = shlex.join([*home.command(), "--decrypt"])
    return _shell(f'{once} "$file" >/dev/null 2>&1', corpus.ciphertexts)


def seal(corpus: Corpus, home: Home) -> list[str]:
    """A shell that signs and encrypts one mail for each, one gpg a mail: the receipt."""
    return _shell(f'{_sealing(home)} "$file" >/dev/null 2>&1', corpus.texts)


def _sealing(home: Home) -> str:
    """One gpg that signs, and encrypts to one other person and to the desk, as the bot does."""
    who = ["--local-user", home.fingerprint(DESK[1]), "--recipient", home.fingerprint(DESK[1])]
    to = ["--recipient", home.fingerprint(COORDINATOR[1])]
    return shlex.join([*home.command(), "--armor", "--sign", "--encrypt", *who, *to, "--output", "-"])


def both(corpus: Corpus, home: Home) -> list[str]:
    """A shell that for mail after mail decrypts it, then signs and encrypts one mail with as much text: its receipt."""
    reads = shlex.join([*home.command(), "--decrypt"])
    return _shell(
        f'{reads} "$file" >/dev/null 2>&1 && {_sealing(home)} "${{file%.asc}}.txt" >/dev/null 2>&1', corpus.ciphertexts
    )


def multifile(corpus: Corpus, home: Home) -> list[str]:
    """One gpg that decrypts all of them into files."""
    # It writes beside what it reads: into links in its own home.
    for old in home.path.glob("bench-*"):
        old.unlink()
    for path in corpus.ciphertexts:
        (home.path / f"bench-{path.name}").symlink_to(path.resolve())
    files = shlex.quote(str(home.path)) + "/bench-"
    gpg = shlex.join([*home.command(), "--multifile", "--decrypt"])
    count = f"ls {files}* | grep -vc '[.]asc$'"
    return ["sh", "-c", f"{gpg} {files}*.asc >/dev/null 2>&1 && {count}"]


def in_python(name: str, corpus: Corpus, *arguments: str) -> list[str]:
    """A floor of `bench.inside`, in a Python of its own."""
    return [sys.executable, "-m", "bench.inside", name, str(corpus.folder), str(corpus.count), *arguments]


def _shell(body: str, files: Sequence[Path]) -> list[str]:
    script = f'n=0; for file in "$@"; do {body} && n=$((n+1)); done; echo $n'
    return ["sh", "-c", script, "sh", *map(str, files)]
