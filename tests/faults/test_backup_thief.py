"""What somebody has who took a backup, or the state itself, without the key: nothing that a report or a person said.

Whatever was said is looked for as it was written, in other charsets and in every wrapping that a mail or a program
would give it, also inside anything that can be unpacked; in contents and in names of files.
"""

import base64
import quopri
import re
import tarfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.grants import Grant, GrantFile
from mailbot.adapters.lookups import SealedLookups
from tests.fakes_keyring import NOW
from tests.faults.kept_desk import KEY, KeptDesk
from tests.faults.world import REPORT

JAPANESE = """\
発見者の花子です。お世話になっております。
みほんショップの検索欄に、クロスサイトスクリプティングの脆弱性があります。
https://mihon-shop.example.jp/kensaku?q=1
手順は、検索欄に文字を入れて検索するだけです。影響は、偽の画面が出ることです。
"""
SUBJECTS = ("Script runs in the shop's search", "みほんショップの脆弱性の届出")
NAMES = ("Hanako", "hanako@finder.example.org", "security@shop.example.jp", "shop.example.jp", "mihon-shop.example.jp")
ACCOUNT = "0123456789abcdef"
TOKENS = ("the-access-token-of-the-desk", "the-refresh-token-of-the-desk")
SAID = (
    *(line.strip() for text in (REPORT, JAPANESE) for line in text.split("\n") if len(line.strip()) > 7),
    *(*SUBJECTS, *NAMES, *TOKENS),
)
_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp932", "euc_jp", "iso2022_jp")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


@pytest.fixture(scope="module")
def desk() -> Iterator[KeptDesk]:
    """A desk that knows all of it: an archived case, an open one, mails in the spool, a sign-in, what was looked up."""
    made = KeptDesk()
    made.round(made.write("Hanako", SUBJECTS[0], sign=True, encrypt=True))
    made.command("!reject OUT_OF_SCOPE")
    made.round(made.write("Hanako", SUBJECTS[1], JAPANESE), days=40)
    made.round(days=1)
    made.leave()
    codec = SealedCodec(KEY)
    GrantFile(made.state, ACCOUNT, codec).save(Grant(TOKENS[0], NOW, NOW + timedelta(hours=1), TOKENS[1]))
    SealedLookups(made.state, codec).keep("\n".join(NAMES).encode())
    yield made
    made.remove()


def forms(said: str) -> Iterator[bytes]:
    """The words in every form in which they could lie there."""
    for charset in _CHARSETS:
        try:
            raw = said.encode(charset)
        except UnicodeEncodeError:
            continue
        yield raw
        yield raw.hex().encode()
        for skipped in range(3):  # base64 looks different at each place that the words may begin at
            whole = base64.b64encode(bytes(skipped) + raw).rstrip(b"=")
            yield whole[(0, 2, 3)[skipped] : len(whole) - bool((skipped + len(raw)) % 3)]
    yield quopri.encodestring(said.encode()).replace(b"=\n", b"").strip()
    yield quote(said).encode()


NEEDLES = {form.lower(): said for said in SAID for form in forms(said)}


def told(content: bytes) -> set[str]:
    """Which of it can be read in these bytes, or in what they can be unpacked to."""
    layers = [
        content,
        *(unpacked for at in _PACKED.finditer(content) if (unpacked := _unpacked(content[at.start() :]))),
    ]
    found = set()
    for layer in layers:
        low = layer.lower()
        found |= {said for form, said in NEEDLES.items() if form in low}
    return found


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(content, 1_000_000)
    except zlib.error:
        return b""


def everything_in(folder: Path) -> bytes:
    """Every byte of every file, and every name."""
    files = sorted(path for path in folder.rglob("*"))
    return b"\n".join(
        [*(str(p.relative_to(folder)).encode() for p in files), *(p.read_bytes() for p in files if p.is_file())]
    )


def test_the_search_finds_what_is_there() -> None:
    """The control: each sentence is found as it is, wrapped, packed, and in another charset."""
    for said in SAID:
        for content in (
            said.encode(),
            b"xx" + base64.b64encode(f"a{said} and more of it".encode()),
            said.encode("utf-16-le"),
            quopri.encodestring(said.encode()).replace(b"=\n", b""),
            b"junk" + zlib.compress(said.encode()) + b"junk",
            zlib.compress(said.encode(), wbits=31),
        ):
            assert said in told(content), (said, content)


def test_the_desk_knows_all_of_it(desk: KeptDesk) -> None:
    """The control: with the key it is all there, so that not finding it means something."""
    desk.open()
    mails = b"".join(desk.bot.spool.load(done.digest).content for done in desk.bot.store.dispositions())  # type: ignore[union-attr]
    known = f"{[*desk.bot.store.cases()]} {[*desk.bot.store.items()]}".encode() + mails
    desk.leave()
    assert len(told(known)) > len(SAID) / 2


def test_the_state_tells_a_thief_nothing(desk: KeptDesk) -> None:
    """Contents, journal, indexes and names of files below state/."""
    assert told(everything_in(desk.state)) == set()


def test_a_backup_tells_a_thief_nothing(desk: KeptDesk, tmp_path: Path) -> None:
    """The file as a whole, and every member of it with its name; the key is not in it in any form."""
    file = tmp_path / "desk.backup"
    assert desk.run("backup", str(file)) == 0, desk.errors
    content = file.read_bytes()
    assert told(content) == set()
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path / "members", filter="data")
        names = tar.getnames()
    assert told(everything_in(tmp_path / "members")) == set()
    assert not any(form in content for form in (KEY, KEY.hex().encode(), base64.b64encode(KEY)[:-2]))
    assert (desk.state / "journal.log").read_bytes()[:200] not in content
    allowed = r"desk\.journal|journal\.log|lookups|oauth/[0-9a-f]+(\.lock)?|archive/\d{4}-\d{4}\.journal|manifest\.json"
    assert [n for n in names if not re.fullmatch(rf"{allowed}|mail/[0-9a-f]{{2}}/[0-9a-f]{{62}}\.eml", n)] == []


def test_with_the_key_it_is_all_there(desk: KeptDesk, tmp_path: Path) -> None:
    """The control of the thief: somebody with backup and key reads everything, sign-in included."""
    file, key = tmp_path / "desk.backup", desk.key.read_bytes()
    assert desk.run("backup", str(file)) == 0
    aside = desk.state.rename(tmp_path / "aside")
    try:
        assert desk.run("restore", str(file)) == 0, desk.errors
        grant = GrantFile(desk.state, ACCOUNT, SealedCodec(bytes.fromhex(key.decode()))).load()
        assert grant is not None
        assert (grant.access_token, grant.refresh_token) == TOKENS
        assert all(path.stat().st_mode & 0o077 == 0 for path in desk.state.rglob("*"))
    finally:
        aside.rename(tmp_path / "put back")
