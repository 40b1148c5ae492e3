"""What comes out of the cleaners: the pixels, the pages, the words, and nothing of who made them."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from mailbot.adapters import archives, images, office, pdf_text, pdfs
from mailbot.adapters.cleaning import ChildCleaner, Cleaner, clean
from mailbot.adapters.jpeg_segments import without_segments
from mailbot.core.file_kinds import Kind
from mailbot.core.limits import Limits
from mailbot.core.messages import Attachment
from mailbot.ports import Cleaner as AnyCleaner
from tests.files import NAME, TRAILING, docx, jpeg, packed, pdf, png

TELLING = re.compile(rb"(?i)hanako|yamada")


def inner(content: bytes) -> bytes:
    """Everything in a file, unpacked."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    if content.startswith(b"%PDF"):
        with pikepdf.open(BytesIO(content)) as document:
            streams = [each.read_raw_bytes() for each in document.objects if isinstance(each, pikepdf.Stream)]
            unpacked = [each.get_stream_buffer() for each in document.objects if _readable(each)]
            return content + b"".join((*streams, *map(bytes, unpacked)))
    return content


def _readable(each: object) -> bool:
    return isinstance(each, pikepdf.Stream) and each.get("/Filter") != "/DCTDecode"


@pytest.mark.parametrize(
    ("kind", "content"),
    [(Kind.IMAGE, jpeg()), (Kind.IMAGE, png()), (Kind.PDF, pdf()), (Kind.OFFICE, docx())],
    ids=["jpeg", "png", "pdf", "docx"],
)
def test_t52_no_file_tells_who_made_it(kind: Kind, content: bytes) -> None:
    """EXIF, position, comments, authors, XMP, notes, tracked changes and what follows the end are gone."""
    assert TELLING.search(inner(content))
    made = clean((kind, content))
    assert not made.refused
    assert not TELLING.search(inner(made.content))
    assert made.content != content
    assert made == clean((kind, content)), "the same file gives the same bytes: what was approved is what goes"


def test_t52_a_position_is_named_and_gone() -> None:
    """Those who approve read what was taken out; the picture itself is the same."""
    made = images.clean(jpeg())
    assert {"redrawn", "camera_data", "position", "comments"} <= set(made.done)
    with Image.open(BytesIO(made.content)) as picture:
        assert (picture.size, dict(picture.getexif())) == ((48, 32), {})
        assert picture.info.get("comment") is None
        red = picture.getpixel((5, 5))
    assert isinstance(red, tuple)
    assert red[0] > 180 > 60 > red[1]


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "WEBP", "PNG"])
def test_other_pictures_become_png(form: str) -> None:
    """Of an animation or a stack the first picture."""
    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    more = {"save_all": True, "append_images": frames[1:]} if form in ("GIF", "TIFF", "WEBP", "PNG") else {}
    frames[0].save(out, form, **more)
    made = images.clean(out.getvalue())
    assert (made.extension, made.media_type) == ("png", "image/png")
    assert ("first_picture" in made.done) is bool(more)
    with Image.open(BytesIO(made.content)) as picture:
        assert getattr(picture, "n_frames", 1) == 1


def _bomb() -> bytes:
    """A small file of very many pixels."""
    out = BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_bomb(), "too_large"),
        (png()[:60], "damaged"),
        (b"GIF89a=alert(1)//", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
    ids=["bomb", "cut", "script", "empty"],
)
def test_t06_t53_pictures_that_are_none(content: bytes, why: str) -> None:
    """Pixel bombs, cut files and scripts with a picture's first bytes are refused."""
    assert images.clean(content).refused == why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf(script=True), "active_content"),
        (pdf(password="secret"), "encrypted"),
        (pdf()[:400], "damaged"),
        (b"%PDF-1.7\n", "damaged"),
    ],
    ids=["script", "password", "cut", "empty"],
)
def test_t53_documents_that_run_or_hide(content: bytes, why: str) -> None:
    """What acts when opened, or cannot be looked into, is refused."""
    assert pdfs.clean(content).refused == why


def test_a_document_keeps_its_pages() -> None:
    """The words and the picture are there; notes, files inside and actions are not."""
    made = pdfs.clean(pdf("A form at /search"))
    assert {"pages_only", "properties", "annotations", "inner_files"} == set(made.done)
    assert "A form at /search" in (pdf_text.words(made.content) or "")
    with pikepdf.open(BytesIO(made.content)) as document:
        assert sorted(document.Root.keys()) == ["/Pages", "/Type"]
        assert "/Info" not in document.trailer
        assert b"/P Do" in document.pages[0].Contents.read_bytes()
        photo = document.pages[0].Resources.XObject.P.read_raw_bytes()
    with Image.open(BytesIO(photo)) as picture:
        picture.load()
        assert picture.size == (48, 32)


def test_an_earlier_version_of_a_document_is_gone() -> None:
    """What was changed in place stands in the file still; not in the new one."""
    whole = pdf() + f"\n% earlier {NAME}\n".encode()
    made = pdfs.clean(whole)
    assert made.refused == "damaged" or not TELLING.search(inner(made.content))


def test_a_jpeg_inside_a_document_keeps_its_pixels() -> None:
    """Only segments that describe are gone."""
    bare = without_segments(jpeg())
    assert not TELLING.search(bare)
    with Image.open(BytesIO(jpeg())) as before, Image.open(BytesIO(bare)) as after:
        assert before.tobytes() == after.tobytes()


def test_t52_an_office_document_keeps_its_words() -> None:
    """Tracked insertions are taken as they stand, deletions are gone, links lead nowhere, pictures are drawn anew."""
    made = office.clean(docx("Steps to reproduce"))
    assert not made.refused
    assert "Steps to reproduce and a new word" in made.words
    assert {"properties", "revisions", "links"} <= set(made.done)
    with zipfile.ZipFile(BytesIO(made.content)) as document:
        assert "docProps/core.xml" not in document.namelist()
        assert b"about:blank" in document.read("word/_rels/document.xml.rels")
        assert b"comments" not in document.read("word/_rels/document.xml.rels")


UNSEEN = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><w:body>'
    '<w:p><w:bookmarkStart w:id="1" w:name="hanako_note"/><w:r><w:t>seen</w:t></w:r><w:bookmarkEnd w:id="1"/></w:p>'
    '<w:sdt><w:sdtPr><w:alias w:val="Hanako"/><w:tag w:val="hanako"/></w:sdtPr>'
    "<w:sdtContent><w:p/></w:sdtContent></w:sdt>"
    '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="C:\\Users\\hanako\\a.png" descr="hanako" title="hanako"/>'
    "</wp:inline></w:drawing></w:r></w:p>"
    '<w:p><w:hyperlink w:tooltip="mailto:hanako@x.example" w:anchor="hanako_note">'
    "<w:r><w:t>y</w:t></w:r></w:hyperlink></w:p>"
    "{}</w:body></w:document>"
)


def test_t52_what_no_page_shows_is_taken_out_of_an_office_document() -> None:
    """Names of pictures, bookmarks and controls, and what a link says when pointed at, are gone."""
    made = office.clean(docx(word__document_DOT_xml=UNSEEN.format("").encode()))
    assert not made.refused
    assert not TELLING.search(inner(made.content))
    assert "seen" in made.words


@pytest.mark.parametrize(
    "more",
    ['<w:p><w:r><w:rPr><w:rStyle w:val="{}"/></w:rPr></w:r></w:p>', '<w:p><w:r><w:sym w:font="{}"/></w:r></w:p>'],
)
def test_t52_every_attribute_is_read(more: str) -> None:
    """What stays in an attribute stands among the words that are looked through for the finder."""
    made = office.clean(docx(word__document_DOT_xml=UNSEEN.format(more.format("Yamada Hanako")).encode()))
    assert "Yamada Hanako" in made.words


def test_words_cut_into_runs_are_read_as_one() -> None:
    """A name that Word cuts in two is found all the same."""
    assert "Yamada Hanako" in office.clean(docx("Yamada Hanako")).words


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ("word__vbaProject_DOT_bin", "macros"),
        ("word__embeddings__oleObject1_DOT_bin", "embedded"),
        ("word__activeX__activeX1_DOT_xml", "macros"),
        ("xl__externalLinks__externalLink1_DOT_xml", "embedded"),
    ],
)
def test_t53_office_documents_that_run(part: str, why: str) -> None:
    """Macros, controls, embedded files and links into other files are refused."""
    assert office.clean(docx(**{part: b"x"})).refused == why


@pytest.mark.parametrize(
    ("part", "content", "why"),
    [
        ("word__settings_DOT_xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "damaged"),
        ("word__header1_DOT_xml", b"<a", "damaged"),
        ("word__styles_DOT_xml", b"<a>" + b" " * 61_000_000 + b"</a>", "too_large"),
        (
            "word___rels__settings_DOT_xml_DOT_rels",
            b'<Relationships xmlns="x"><Relationship Type="a/attachedTemplate" Target="https://x.example/t" '
            b'TargetMode="External"/></Relationships>',
            "embedded",
        ),
        (
            "word__footer1_DOT_xml",
            b'<w:p xmlns:w="x"><w:instrText>DDEAUTO c:\\\\windows\\\\cmd.exe</w:instrText></w:p>',
            "active_content",
        ),
    ],
    ids=["entities", "broken", "bomb", "template", "field"],
)
def test_t06_t08_hostile_office_documents(part: str, content: bytes, why: str) -> None:
    """Entities, bombs, remote templates and fields that run."""
    assert office.clean(docx(**{part: content})).refused == why


def test_archives_are_listed_not_unpacked() -> None:
    """Names and sizes, also of a bomb."""
    made = archives.look(packed({"a.txt": b"x" * 9, "b/c.py": bytes(5_000_000)}))
    assert made.listing == ("a.txt (9 bytes)", "b/c.py (5000000 bytes)")
    assert archives.look(b"Rar!\x1a\x07\x01\x00" + bytes(40)).listing == ()


@pytest.fixture(params=[Cleaner, lambda: ChildCleaner(Limits())], ids=["here", "child"])
def cleaner(request: pytest.FixtureRequest) -> Iterator[AnyCleaner]:
    made: AnyCleaner = request.param()
    return iter((made,)).__next__()


def test_every_cleaner_does_the_same(cleaner: AnyCleaner) -> None:
    """In this process or in a child, file by file."""
    files = tuple(
        (kind.value, Attachment("x", "a/b", content))
        for kind, content in (
            (Kind.IMAGE, jpeg()),
            (Kind.PDF, pdf()),
            (Kind.OFFICE, docx()),
            (Kind.IMAGE, b"\x89PNG\r\n\x1a\n"),
        )
    )
    made = cleaner.clean(files)
    assert [each.refused for each in made] == ["", "", "", "damaged"]
    assert not any(TELLING.search(inner(each.content)) for each in made)


def test_t06_a_file_that_needs_too_much_is_refused_and_the_next_is_not() -> None:
    """The child that met it is ended; the file after it gets a new one."""
    few = Limits(read_memory_bytes=400_000_000)
    out = BytesIO()
    Image.new("RGB", (6_000, 6_000)).save(out, "PNG")
    large, small = out.getvalue(), png()
    files = tuple((Kind.IMAGE.value, Attachment("x", "a/b", content)) for content in (large, small))
    made = ChildCleaner(few).clean(files)
    assert made[0].refused
    assert made[1].refused in ("", "too_slow")
    assert TRAILING not in made[1].content
