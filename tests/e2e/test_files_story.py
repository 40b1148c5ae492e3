"""What a finder attached reaches the operator, as what the desk made of it, after a person saw it."""

import re

from tests.e2e.stories import Story
from tests.e2e.town import Town
from tests.files import docx, jpeg, pdf, png

TELLING = re.compile(rb"(?i)hanako|yamada|finder")
FILES = (("hanako_poc.png", png()), ("photo.jpg", jpeg()), ("report.pdf", pdf()), ("report.docx", docx()))


def test_t52_files_of_a_report_reach_the_operator_without_the_finder(town: Town) -> None:
    """Report with pictures and documents, approval with the very files, details with the same; nothing tells who."""
    story = Story(town, "files")
    story.reported(files=FILES)
    story.accepted()
    story.says(story.operator, "① 担当です。詳しい内容を受け取ります。\n", days=1)
    shown = story.told("notice-decision", "attachment-1.png").attachments
    story.approve()
    got = story.letters(story.operator)[-1].attachments
    names = ["attachment-1.png", "attachment-2.jpg", "attachment-3.pdf", "attachment-4.docx"]
    assert [file.filename for file in got] == names
    assert [file.content for file in got] == [file.content for file in shown if file.filename in names]
    assert not any(TELLING.search(file.content) for file in got)
    story.keeps_its_promises()
