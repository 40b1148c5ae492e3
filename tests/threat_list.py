"""The threats that this mailbox must survive, T1 to T65, and the tests that show that it does.

A test belongs to a threat when its name says so (`test_t26_mailsploit`, `test_t29_t30_…`), when its docstring names it
(`T10-T15, T17`), or when it is listed in `ALSO`. The table in
docs/threat-model.md is made of this by `make docs`; `python -m tests.threat_list` prints it.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TESTS = Path(__file__).parent

THREATS: dict[int, str] = {
    1: "mail without headers, sender or content",
    2: "thousands of parts, or parts nested a thousand deep",
    3: "hundreds of thousands of header lines, addresses or parameters",
    4: "an address with thousands of nested comments",
    5: "very large bodies, lines and numbers of URLs",
    6: "archives, compressed data or ciphertext that grow without end",
    7: "text made to slow a pattern down",
    8: "XML, SVG or HTML that expands",
    9: "a mail that ends or hangs the process",
    10: "ISO-2022-JP subject cut inside a character",
    11: "ISO-2022-JP body that names no charset",
    12: "a charset label that is not true; vendor characters",
    13: "rare and unknown charset labels",
    14: "hostile attachment names",
    15: "raw 8-bit headers",
    16: "GB18030 under other names",
    17: "odd bodies: footers, forwarded mail, HTML only, TNEF, uuencode, format=flowed",
    18: "a forged In-Reply-To that points into a case",
    19: "the right Message-ID from another sender",
    20: "a guessed case number in the Subject",
    21: "two case numbers in one Subject",
    22: "a reply to a merged or closed case",
    23: "the other side's own ticket number",
    24: "a protected Subject that names the case, or contradicts the outer one",
    25: "Message-IDs that are missing or used twice; renumbered mailboxes; servers without MOVE",
    26: "a sender made to look like another",
    27: "look-alike and internationalised domains",
    28: "commands without a signature",
    29: "commands signed by an unknown, expired, revoked or another person's key",
    30: "a good signature over another part of the mail; one bad signature among good ones",
    31: "commands outside of what was signed",
    32: "an old signed command sent again",
    33: "commands in quotations, HTML, attachments or the Subject",
    34: "one unknown command among known ones",
    35: "headers that claim that somebody else checked the mail",
    36: "file names, user ids or recipients that speak to gpg",
    37: "HTML that encloses decrypted text (EFAIL)",
    38: "ciphertext without integrity protection, or cut short",
    39: "every wrapping of OpenPGP that mail programs make, also the damaged ones",
    40: "ciphertext that is not for us, or hides its recipient",
    41: "keys that do not belong to the sender, are flooded, expired or secret",
    42: "a correspondent's key that has expired: no silent plaintext",
    43: "our answers telling what was encrypted",
    44: "mail of machines, and our own mail coming back",
    45: "another ticket system that answers every answer",
    46: "answers to daemons, to nobody, or to ourselves",
    47: "forged delivery reports; delayed and final ones; Japanese ones",
    48: "hundreds of reports in one victim's name",
    49: "line breaks in Subject, names and template values",
    50: "template placeholders in the text of a report",
    51: "formulas and HTML in exports",
    52: "the finder's name, address or traces in what is passed on",
    53: "attachments that run where they are shown",
    54: "Bcc, and references to the finder's mails",
    55: "contact search led to private networks, huge files, or a stranger's address",
    56: "a crash between sending and writing it down",
    57: "every answer of a mail server, and none",
    58: "a damaged file, a full disk, two processes",
    59: "clocks, zones and summer time",
    60: "a login that is refused from one day to the next",
    61: "a mailbox with very many or very large mails",
    62: "two mails in one",
    63: "a command that names something of another case",
    64: "an attachment whose declared type is not its own",
    65: "an answer to a stranger that tells about a case",
}

ALSO: dict[int, tuple[str, ...]] = {
    8: ("test_html_does_not_grow", "test_hidden_and_active_html_is_not_text"),
    9: ("test_a_mail_that_breaks_the_bot_is_quarantined_and_the_next_goes_on", "test_starts"),
    16: ("test_text_and_defects",),
    17: ("test_format_flowed", "test_forwarded_message_is_text_and_file"),
    25: ("test_a_renumbered_mailbox_moves_nothing", "test_without_move_mail_is_copied"),
    43: ("test_receipt_repeats_nothing_of_the_report",),
    46: ("test_envelope_and_recipient",),
    48: ("test_receipt_repeats_nothing_of_the_report", "test_acknowledgements"),
    55: (
        *(
            "test_refused",
            "test_body_is_capped",
            "test_time_is_capped",
            "test_hostile_mailto",
            "test_expires",
            "test_canonical",
        ),
    ),
    56: ("test_a_kill_after_any_outside_call_changes_no_ending",),
    57: ("test_what_an_answer_means", "test_silence_ends_in_a_timeout"),
    58: (
        *("test_torn_last_frame", "test_flipped_byte", "test_full_disk", "test_sigkill", "test_second_process"),
        "test_wrong_key",
    ),
    59: ("test_summer_time", "test_zone_decides_the_day"),
    60: ("test_a_wrong_setting_is_named", "test_a_wrong_setting_keeps_the_mail_and_is_named"),
    61: ("test_of_a_large_mail_only_the_head_is_taken", "test_a_full_folder_is_searched_piece_by_piece"),
}
"""Tests of the parts that were not written for one threat alone."""

_NAMED = re.compile(r"test((?:_t\d+)+)_")
_RANGE = re.compile(r"\bT(\d+)(?:-T(\d+))?\b")


def by_threat() -> dict[int, list[str]]:
    """The names of the tests of each threat, in order of file and line."""
    found: dict[int, list[str]] = defaultdict(list)
    for name, docstring in every_test():
        for number in _numbers(name, docstring):
            found[number].append(name)
    for number, more in ALSO.items():
        found[number] += more
    return {number: list(dict.fromkeys(names)) for number, names in found.items()}


def every_test() -> Iterator[tuple[str, str]]:
    """Name and docstring of every test."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name, ast.get_docstring(node) or ""


def _numbers(name: str, docstring: str) -> Iterable[int]:
    in_name = _NAMED.match(name)
    numbers = {int(digits) for digits in re.findall(r"\d+", in_name[1])} if in_name else set()
    for first, last in _RANGE.findall(docstring):
        numbers.update(range(int(first), int(last or first) + 1))
    return sorted(numbers)


def main() -> int:
    """Print every threat with its tests; 1 if one has none."""
    found = by_threat()
    for number, threat in THREATS.items():
        sys.stdout.write(f"T{number:<3} {threat}\n")
        sys.stdout.writelines(f"       {name}\n" for name in found.get(number, ()) or ("NONE",))
    missing = [f"T{number}" for number in THREATS if not found.get(number)]
    named = sum(map(len, found.values()))
    sys.stdout.write(
        f"\n{len(THREATS) - len(missing)} of {len(THREATS)} have tests ({named}); without: {missing or '-'}\n"
    )
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
