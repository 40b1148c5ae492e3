"""The connection to the mail server ends at any byte of a round: the next round completes it."""

import pytest

from tests.faults.imap_memory import LARGE, Memory
from tests.faults.imap_server import ImapServer, serving

SMALL = (b"Subject: 1\r\n\r\none\r\n", LARGE, b"Subject: 2\r\n\r\ntwo\r\n")


def cut_at(at: int, able: str, *, hasty: bool = False) -> tuple[Memory, ImapServer]:
    """A round that is cut off, then one that is not."""
    with serving(*SMALL, able=able) as server:
        memory = Memory(server)
        server.left = at
        assert memory.round(hasty=hasty) or memory.round(hasty=hasty), at
        return memory, server


@pytest.mark.parametrize("able", ["MOVE UIDPLUS IDLE", "UIDPLUS NAMESPACE", ""], ids=["move", "copy", "bare"])
def test_t25_a_line_that_ends_at_any_byte(able: str) -> None:
    """The next round stores every mail that is not stored yet, and moves all; also without MOVE and UIDPLUS.

    Where the server cannot move, a cut between its copy and the mark may leave a copy too many in Processed; never
    one too few.
    """
    _, server = cut_at(-1, able)
    for at in range(1, server.said + 1):
        memory, cut = cut_at(at, able)
        assert len(memory.stored) == 3, at
        assert cut.contents("INBOX") == [], at
        filed = cut.contents("Processed"), cut.contents("Held")
        assert [len(set(folder)) for folder in filed] == [2, 1], at
        assert "MOVE" not in able or [len(folder) for folder in filed] == [2, 1], at


def test_a_cut_is_noticed() -> None:
    """The test above can fail: a desk that moves a mail before it is stored loses one at some byte."""
    _, server = cut_at(-1, "MOVE", hasty=True)
    assert any(len(cut_at(at, "MOVE", hasty=True)[0].stored) < 3 for at in range(server.said // 2, server.said))
