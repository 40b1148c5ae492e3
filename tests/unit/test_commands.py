"""How commands are read from a coordinator's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.choosing import CHOICES
from mailbot.core.command_forms import FORMS, help_text, written
from mailbot.core.commands import CASELESS, Command, begins_with_command, buried_command, parse_orders
from mailbot.core.model import ClosingCode, FixMethod, RejectionCode
from mailbot.core.steering import _HANDLERS

CASE = "!case CASE#12345678\n"
HASH = "0123456789abcdef0123"
SAMPLE = ("Sample", "Inc.", "PSIRT@sample.example", "by", "phone")


def orders(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Name and arguments of every command, in a text without problems."""
    read = parse_orders(CASE + text)
    assert read.problems == ()
    assert {c.case for c in read.commands} == {"CASE#12345678"}
    return [(c.name, c.arguments) for c in read.commands]


def problem(text: str) -> str:
    """What is wrong with the only bad line."""
    ((_, what),) = parse_orders(CASE + text).problems
    return what


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("!accept", "accept", ()),
        ("!ACCEPT", "accept", ()),
        ("  !accept  ", "accept", ()),
        ("!reject incomplete", "reject", ("incomplete",)),
        ("!Reject Not_A_Vuln It is a Feature", "reject", ("not_a_vuln", "It", "is", "a", "Feature")),
        ("!ask target.urls Vulnerability.Steps", "ask", ("target.urls", "vulnerability.steps")),
        ("!contact add Web@Shop.example.jp 代表 窓口", "contact add", ("Web@Shop.example.jp", "代表", "窓口")),
        ("!Contact USE 2", "contact use", ("2",)),
        ("!contact drop 1 wrong company", "contact drop", ("1", "wrong", "company")),
        (f"!approve {HASH.upper()}", "approve", (HASH,)),
        (f"!withhold {HASH} Too much", "withhold", (HASH, "Too", "much")),
        ("!fix reported", "fix", ("reported",)),
        ("!fix Confirmed Page_Removed", "fix", ("confirmed", "page_removed")),
        ("!remind 2026-12-24 ask again", "remind", ("2026-12-24", "ask", "again")),
        ("!hold", "hold", ()),
        ("!hold until the New Year", "hold", ("until", "the", "New", "Year")),
        ("!priority HIGH", "priority", ("high",)),
        ("!exploited yes JPCERT", "exploited", ("yes", "JPCERT")),
        ("!public yes", "public", ("yes",)),
        ("!close Fixed Thank You", "close", ("fixed", "Thank", "You")),
        ("!assign Taro Yamada", "assign", ("Taro", "Yamada")),
        ("!vendor add Sample Inc. PSIRT@sample.example by phone", "vendor add", SAMPLE),
        ("!Vendor 2 Contact Info@sample.example", "vendor contact", ("2", "Info@sample.example")),
        ("!vendor 2 STATE Ready Told by phone", "vendor state", ("2", "ready", "Told", "by", "phone")),
        ("!vendor 2 ref PSIRT-7", "vendor ref", ("2", "PSIRT-7")),
        ("!vendor 2 says Not_Affected We Looked", "vendor says", ("2", "not_affected", "We", "Looked")),
        ("!publish 2026-12-24", "publish", ("2026-12-24",)),
        ("!extend 2026-12-24 Tests go on", "extend", ("2026-12-24", "Tests", "go", "on")),
        ("!embargo propose 2 2026-12-24T15:00 Talk", "embargo propose", ("2", "2026-12-24T15:00", "Talk")),
        ("!embargo propose finder 2026-12-24T15:00+01:00", "embargo propose", ("finder", "2026-12-24T15:00+01:00")),
        ("!embargo Accept Finder", "embargo accept", ("finder",)),
        ("!embargo end It is public", "embargo end", ("It", "is", "public")),
        ("!merge CASE#00000001", "merge", ("CASE#00000001",)),
        ("!split Product", "split", ("product",)),
        ("!split Library.example.jp", "split", ("library.example.jp",)),
        ("!note !accept is not a command here", "note", ("!accept", "is", "not", "a", "command", "here")),
    ],
)
def test_lines(line: str, name: str, arguments: tuple[str, ...]) -> None:
    """Codes in any case become lower case; free text, names and addresses stay as written."""
    assert orders(line) == [(name, arguments)]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("!acept", "unknown command"),
        ("!contact", "unknown command"),
        ("!contact steal 1", "unknown command"),
        ("!", "a lone exclamation mark"),
        ("!accept now", "one word too many"),
        ("!reject", "something is missing"),
        ("!reject BORING", "is none of"),
        ("!close BORING", "is none of"),
        ("!fix confirmed burned", "is none of"),
        ("!ask", "something is missing"),
        ("!ask target.url", "is not a field name"),
        ("!ask vulnerability.steps please", "is not a field name"),
        ("!contact add info", "is not a mail address"),
        ("!contact add info@shop.example.jp,evil@x.example", "is not a mail address"),
        ("!contact add --output@x.example", "is not a mail address"),
        ("!contact use one", "is not the number"),
        ("!contact use １", "is not the number"),
        ("!contact drop 1", "a text is missing"),
        ("!approve 0123", "is not a content hash"),
        (f"!withhold {HASH}", "a text is missing"),
        ("!remind tomorrow", "is not a day"),
        ("!remind 2026-02-30", "is not a day"),
        ("!remind 20261224", "is not a day"),
        ("!remind 0001-01-01", "is not a day"),
        ("!note", "a text is missing"),
        ("!reopen", "a text is missing"),
        ("!public maybe", "is none of"),
        ("!vendor", "unknown command"),
        ("!vendor 2", "unknown command"),
        ("!vendor add psirt@sample.example", "first its name"),
        ("!vendor add Sample", "first its name"),
        ("!vendor two ref X", "unknown command"),
        ("!vendor 2 state asleep", "is none of"),
        ("!vendor 2 says perhaps", "is none of"),
        ("!publish soon", "is not a day"),
        ("!extend 2026-12-24", "a text is missing"),
        ("!embargo propose everyone 2026-12-24", "is not one of: desk"),
        ("!embargo propose desk 2026-12-24T25:00", "neither a day"),
        ("!embargo end", "a text is missing"),
        ("!merge 12345678", "is not a case id"),
        ("!split both", "is none of"),
        (f"!edit {HASH}", "the new text is missing"),
        ("!case 12345678", "is not a case id"),
        ("!note " + "x" * 1000, "longer than 1000 characters"),
    ],
)
def test_t34_bad_lines(line: str, what: str) -> None:
    """A line that is wrong is a problem that says what is wrong with it."""
    assert what in problem(line)


def test_t34_a_problem_is_told_beside_what_was_right() -> None:
    """All problems at once, and which lines would have been fine."""
    read = parse_orders(CASE + "!accept\n!frobnicate\n!close BORING\n!note x")
    assert [c.name for c in read.commands] == ["accept", "note"]
    assert [line for line, _ in read.problems] == ["!frobnicate", "!close BORING"]


def test_lines_keep_their_order() -> None:
    """A problem between two good lines stays between them."""
    read = parse_orders(CASE + "!accept\n!frobnicate\n!hold").lines
    assert [line.line if isinstance(line, Command) else line[0] for line in read] == ["!accept", "!frobnicate", "!hold"]


@pytest.mark.parametrize(
    ("line", "meant"),
    [("!acept", "!accept"), ("!contact ad x@y.example", "!contact add"), ("!preveiw", "!preview")],
)
def test_a_near_miss_is_named(line: str, meant: str) -> None:
    """A typing error is answered with what was probably meant; something else is not."""
    assert f"did you mean {meant}?" in problem(line)
    assert "did you mean" not in problem("!frobnicate")


@pytest.mark.parametrize(
    ("text", "buried"),
    [
        ("Hello,\n\n  !Case CASE#12345678\n!accept", "!Case CASE#12345678"),
        ("Hello\n!preview", "!preview"),
        ("!accept\nHello\n!hold", None),
        ("Hello\n> !accept", None),
        ("Hello\n!important", None),
        ("Hello\n!accepted", None),
    ],
)
def test_t33_commands_below_other_text_are_found_and_refused(text: str, buried: str | None) -> None:
    """Whoever puts a greeting above the commands is told why nothing ran; nothing below it is ever read."""
    assert buried_command(text) == buried
    if buried:
        read = parse_orders(text)
        assert (read.commands, len(read.problems)) == ((), 1)
        assert read.problems[0][0] == buried
        assert "very first lines" in read.problems[0][1]


def test_long_lines_come_back_short() -> None:
    """What is shown of a line that is too long is cut."""
    ((line, _),) = parse_orders(CASE + "!note " + "x" * 100_000).problems
    assert len(line) <= 1_000


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("!accept\n!hold\nRegards\n!close fixed", ["accept", "hold"]),
        ("!accept\n\n!close fixed", ["accept"]),
        ("!accept\n> !close fixed", ["accept"]),
        ("!accept\n-- \n!close fixed", ["accept"]),
        ("\n \r\n!accept\r\n!hold\r\n", ["accept", "hold"]),
    ],
)
def test_t33_commands_end_with_the_first_other_line(text: str, names: list[str]) -> None:
    """Text, an empty line, a quotation or a signature mark ends them."""
    assert [c.name for c in parse_orders(text, "CASE#12345678").commands] == names


@pytest.mark.parametrize("text", ["Hello\n!accept", "> !accept", "", "-- \n!accept", "CASE#12345678"])
def test_t33_nothing_is_read_below_other_text(text: str) -> None:
    """A text that does not begin with a command holds none."""
    read = parse_orders(text)
    assert (begins_with_command(text), read.commands) == (False, ())
    assert read.problems


def test_every_command_needs_a_case() -> None:
    """Without !case or a protected Subject nothing runs but !help."""
    assert [what for _, what in parse_orders("!accept").problems] == ["no case is named: put !case ID before it"]
    assert parse_orders("!help").problems == ()
    assert parse_orders("!accept", "CASE#12345678").problems == ()
    assert parse_orders(CASE).problems == (("", "there is no command after !case"),)


def test_case_changes_on_the_way() -> None:
    """Each !case is for what follows it, and says more than the Subject."""
    read = parse_orders("!hold\n!case case#11111111\n!accept\n!case CASE#22222222\n!hold", "CASE#33333333")
    assert [(c.name, c.case) for c in read.commands] == [
        ("hold", "CASE#33333333"),
        ("accept", "CASE#11111111"),
        ("hold", "CASE#22222222"),
    ]


def test_preview() -> None:
    """!preview makes the whole mail a rehearsal."""
    assert parse_orders("!preview\n" + CASE + "!accept").preview
    assert parse_orders(CASE + "!PREVIEW\n!accept").preview
    assert not parse_orders(CASE + "!accept").preview


def test_limit() -> None:
    """More commands than the limit are a problem, however many there are."""
    assert parse_orders(CASE + "!hold\n" * 50).problems == ()
    read = parse_orders(CASE + "!hold\n" * 10_000)
    assert (len(read.commands), len(read.problems)) == (50, 1)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """No text makes reading fail; what runs begins with an exclamation mark."""
    read = parse_orders("!" + text)
    assert read.commands or read.problems
    assert all(c.line.startswith("!") for c in read.commands)


def test_every_command_is_carried_out_and_told() -> None:
    """Each form has a handler or is done where mails and texts are at hand; help names each."""
    assert set(FORMS) == set(_HANDLERS) | {"case", "approve", "edit", "withhold", "status", "help"} | set(CHOICES)
    assert set(CASELESS) == {"help"}
    for form in FORMS.values():
        assert form.usage in help_text()


@pytest.mark.parametrize(
    ("below", "text"),
    [
        ("Dear all,\n\nnew words.\n", "Dear all,\n\nnew words."),
        ("\nnew words\n!note this is text\n", "new words\n!note this is text"),
        ("new words\n\n-- \nTaro\n", "new words"),
        ("new words\n\n> your mail\n> quoted\n", "new words"),
    ],
)
def test_edit_takes_the_text_below_the_commands(below: str, text: str) -> None:
    """In the coordinator's own words: without signature and quotation; commands end where it begins."""
    read = parse_orders(f"{CASE}!edit {HASH}\n!note x\n{below}")
    assert [(c.name, c.arguments) for c in read.commands] == [("edit", (HASH, text)), ("note", ("x",))]


def test_one_text_belongs_to_one_edit() -> None:
    """Two would share it."""
    assert [what for _, what in parse_orders(f"{CASE}!edit {HASH}\n!edit {HASH}\nwords").problems] == [
        "one !edit a mail: they would share one text"
    ] * 2


def test_a_command_is_written_in_the_history_as_it_was_said() -> None:
    """`!vendor 2 ref X` again, though its arguments are 2 and X."""
    for line in ("!vendor 2 ref X", "!vendor add A B c@d.example", "!contact use 1", "!accept"):
        (read,) = parse_orders(CASE + line).commands
        assert written(read.name, read.arguments) == line


def test_codes_are_those_of_the_model() -> None:
    """Every code that a case can end or be mended with can be said."""
    lines = [f"!close {code}" for code in ClosingCode] + [f"!reject {code}" for code in RejectionCode]
    lines += [f"!fix confirmed {method}" for method in FixMethod]
    assert len(orders("\n".join(lines))) == len(lines)
    assert FORMS["close"].text
