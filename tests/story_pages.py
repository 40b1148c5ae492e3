"""The mails of three stories on one page, to be read by people: `python -m tests.story_pages OUT.html`.

Each story is one of the tests, played once more in a town of its own: the site that is mended, the operator who never
answers, the product of three vendors. The page holds every mail as its reader saw it, decrypted, and the case's log.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.e2e.test_operator_stories import test_a_website_is_mended
from tests.e2e.test_silence_story import test_a_silent_operator_and_the_mornings_of_the_desk
from tests.e2e.test_vendors_stories import test_a_product_of_three_vendors
from tests.e2e.town import ADDRESS, Letter, Town
from tests.servers import Authority, Dovecot, SmtpSink

STORIES: tuple[tuple[str, Callable[[Town], None]], ...] = (
    ("A website, reported and mended", test_a_website_is_mended),
    ("An operator who never answers", test_a_silent_operator_and_the_mornings_of_the_desk),
    ("A product of three vendors", test_a_product_of_three_vendors),
)
_ZONE = ZoneInfo("Asia/Tokyo")
_STYLE = """
body { font: 14px/1.6 "Noto Sans CJK JP", sans-serif; max-width: 60rem; margin: 2rem auto; color: #222; }
article { border: 1px solid #ccc; border-left: .5rem solid #888; margin: 1rem 0; padding: .5rem 1rem; }
article.in { border-left-color: #2a7; margin-left: 4rem; }
article.coordinator { border-left-color: #bbb; background: #f7f7f7; }
pre { white-space: pre-wrap; font: 13px/1.5 "Noto Sans Mono CJK JP", monospace; margin: .5rem 0; }
h3 { margin: 0; font-size: 1rem; } .head { color: #666; }
td { padding: .1rem .8rem .1rem 0; vertical-align: top; } td:first-child { white-space: nowrap; }
"""


def page(towns: list[tuple[str, Town]]) -> str:
    """All stories as one HTML page."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Stories</title><style>{_STYLE}</style>"]
    for title, town in towns:
        parts += [f"<h1>{escape(title)}</h1>", *_timeline(town), *map(_article, town.post), *_logs(town)]
    return "\n".join(parts) + "\n"


def _timeline(town: Town) -> Iterator[str]:
    yield "<table>"
    for letter in town.post:
        who = f"{escape(letter.sender)} → {escape(letter.to)}"
        yield f"<tr><td>{_moment(letter.at)}<td>{who}<td>{escape(letter.subject)}"
    yield "</table>"


def _article(letter: Letter) -> str:
    kind = "in" if letter.sender != ADDRESS else "coordinator" if letter.to == "taro@desk.example.jp" else "out"
    files = ", ".join(file.filename for file in letter.mail.attachments) if letter.mail else ""
    head = f"{_moment(letter.at)} · {letter.sender} → {letter.to}" + (f" · files: {files}" if files else "")
    return (
        f'<article class="{kind}"><div class=head>{escape(head)}</div>'
        f"<h3>{escape(letter.subject)}</h3><pre>{escape(letter.text)}</pre></article>"
    )


def _logs(town: Town) -> Iterator[str]:
    for case in town.json("case", "list"):
        town.run("case", "show", case["id"])
        yield f"<h2>case show {escape(case['id'])}</h2><pre>{escape(town.printed)}</pre>"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(_ZONE):%Y-%m-%d %H:%M}"


def main(out: Path) -> None:
    """Play the stories and write the page."""
    with tempfile.TemporaryDirectory(prefix="mb", dir="/tmp") as folder:
        authority = Authority(Path(folder))
        dovecot, sink = Dovecot(authority), SmtpSink(authority)
        dovecot.start()
        sink.start()
        towns: list[tuple[str, Town]] = []
        try:
            for title, story in STORIES:
                sink.reset()
                town = Town(dovecot, sink)
                towns.append((title, town))
                story(town)
                for person in town.people.values():
                    town.inbox(person)
                town.post.sort(key=lambda letter: (letter.at, letter.sender != ADDRESS))
            out.write_text(page(towns), "utf-8")
        finally:
            for _, town in towns:
                town.close()
            sink.stop()
            dovecot.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
