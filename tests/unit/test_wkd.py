"""Where keys of addresses are published, and what an answer from there is worth."""

from collections.abc import Mapping

import pytest

from mailbot.adapters.wkd import WebKeyDirectory
from mailbot.core.wkd import hashed, places, zbase32
from mailbot.errors import TransientError
from mailbot.finding.tools import Fetched
from mailbot.ports import Published

ADVANCED = "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/"
DIRECT = "https://example.org/.well-known/openpgpkey/"
NAME = "iy9q119eutrkn8s1mk4r39qejnbu3n5q"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"\x00", "yy"),
        (b"\xf0\xbf\xc7", "6n9hq"),  # RFC 6189 section 5.1.6 has these two
        (b"\xd4\x7a\x04", "4t7ye"),
        (b"\xff" * 5, "99999999"),
    ],
)
def test_z_base_32(data: bytes, text: str) -> None:
    """Five bits a character, in the order of the z alphabet."""
    assert zbase32(data) == text


@pytest.mark.parametrize(
    ("local", "name"),
    [("Joe.Doe", NAME), ("joe.doe", NAME), ("JOE.DOE", NAME)],
)
def test_hash_of_the_drafts_own_example(local: str, name: str) -> None:
    """Joe.Doe@example.org lies where the draft says, however the local part is written."""
    assert hashed(local) == name


def test_only_ascii_letters_are_made_small() -> None:
    """The Kelvin sign is no K: lower() would hash it as one."""
    assert hashed("\N{KELVIN SIGN}") != hashed("k")
    assert hashed("Ä") != hashed("ä")


def test_places() -> None:
    """The advanced method first; the local part stands in the query as it is written, the domain in small letters."""
    advanced, direct = places("Joe.Doe@Example.ORG") or (None, None)
    assert advanced
    assert direct
    assert (advanced.key, advanced.policy) == (f"{ADVANCED}hu/{NAME}?l=Joe.Doe", f"{ADVANCED}policy")
    assert (direct.key, direct.policy) == (f"{DIRECT}hu/{NAME}?l=Joe.Doe", f"{DIRECT}policy")


def test_the_query_cannot_be_broken_out_of() -> None:
    """A local part with signs of a URL in it stays one value."""
    advanced, _ = places("a&l=b#c/d?e=f%g@example.org") or (None, None)
    assert advanced
    assert advanced.key.endswith("?l=a%26l%3Db%23c%2Fd%3Fe%3Df%25g")


@pytest.mark.parametrize("address", ["", "joe", "joe@", "@example.org", "joe@localhost", "joe@127.0.0.1", "joe@[::1]"])
def test_no_place(address: str) -> None:
    """What is no address, or of no domain, is not asked for."""
    assert places(address) is None
    assert WebKeyDirectory(Web({})).find(address) == Published(why="not an address of a domain")


class Web:
    """Answers as told, else that the name does not exist; knows what it was asked."""

    def __init__(self, answers: Mapping[str, Fetched | Exception]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        answer = self.answers.get(url.partition("?")[0], Fetched(0, url, problem="dns: it has no address"))
        if isinstance(answer, Exception):
            raise answer
        return answer


KEY = Fetched(200, "u", body=b"key")
GONE = Fetched(404, "u", problem="http_status: 404")
POLICY = Fetched(200, "u")


@pytest.mark.parametrize(
    ("answers", "published", "asked"),
    [
        ({f"{ADVANCED}hu/{NAME}": KEY}, Published(b"key"), 1),
        ({f"{DIRECT}hu/{NAME}": KEY}, Published(b"key"), 2),
        ({}, Published(why="the domain has no directory"), 2),
        ({f"{ADVANCED}hu/{NAME}": GONE}, Published(why="the domain has no directory"), 2),
        (
            {f"{ADVANCED}hu/{NAME}": GONE, f"{ADVANCED}policy": POLICY},
            Published(why="not in the domain's directory"),
            2,
        ),
        ({f"{DIRECT}hu/{NAME}": GONE, f"{DIRECT}policy": POLICY}, Published(why="not in the domain's directory"), 3),
        (
            {f"{ADVANCED}hu/{NAME}": Fetched(200, "u", b"", problem="too_large: much")},  # type: ignore[arg-type]
            Published(why="too_large: much"),
            1,
        ),
        ({f"{ADVANCED}hu/{NAME}": Fetched(0, "u", problem="tls: refused")}, Published(why="tls: refused"), 1),
        ({f"{ADVANCED}hu/{NAME}": Fetched(200, "u")}, Published(why="the directory's answer is empty"), 1),
    ],
)
def test_look_up(answers: dict[str, Fetched | Exception], published: Published, asked: int) -> None:
    """The direct place only where the advanced one's name does not exist; the policy only where a key is missing."""
    web = Web(answers)
    assert WebKeyDirectory(web).find("Joe.Doe@example.org") == published
    assert len(web.asked) == asked


def test_our_own_network() -> None:
    """That it fails says nothing of the address."""
    with pytest.raises(TransientError):
        WebKeyDirectory(Web({f"{ADVANCED}hu/{NAME}": TransientError("down")})).find("joe.doe@example.org")


def test_nobody_else_is_asked() -> None:
    """Only the domain of the address: never a key server."""
    web = Web({})
    WebKeyDirectory(web).find("joe.doe@example.org")
    assert [url.partition("?")[0] for url in web.asked] == [f"{ADVANCED}hu/{NAME}", f"{DIRECT}hu/{NAME}"]
