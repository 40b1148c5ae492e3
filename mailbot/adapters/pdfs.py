"""pikepdf: a document made anew of its pages alone, and a document locked with a passphrase.

Nothing is taken out of the original: a new document is built of each page's size, contents and resources. What
describes (document information, XMP), runs (scripts, actions, forms), hides (files inside, layers' names, earlier
versions, text behind the text) or signs (annotations) is never copied. What only works when it runs is refused.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from mailbot.adapters.jpeg_segments import without_segments
from mailbot.core.file_records import Cleaned

_PAGES = 300
_OBJECTS = 100_000
_RUNS = ("/JS", "/JavaScript", "/XFA", "/RichMedia", "/RichMediaContent", "/3DD", "/Rendition")
_ACTIONS = ("/Launch", "/JavaScript", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/Movie", "/Sound")
_OF_A_PAGE = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group")
_OF_NO_USE = (
    *("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/A", "/AF", "/OC", "/OPI", "/Alternates", "/Thumb", "/Ref"),
    *("/StructParent", "/StructParents", "/Measure", "/PtData", "/Properties", "/ID", "/WebCaptureInfo", "/SpiderInfo"),
)
_MARKS = ("BMC", "BDC", "EMC", "MP", "DP")  # they carry ActualText, authors' tags and layers


def clean(content: bytes) -> Cleaned:
    """The document's pages in a new one."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False, inherit_page_attributes=True) as given:
            if given.is_encrypted:
                return Cleaned(refused="encrypted")
            if len(given.pages) > _PAGES or len(given.objects) > _OBJECTS:
                return Cleaned(refused="too_large")
            if any(_runs(each) for each in given.objects):
                return Cleaned(refused="active_content")
            done = tuple(_taken_out(given))
            with _of_pages(given) as made:
                if not all(_bare(each) for each in made.objects):
                    return Cleaned(refused="damaged")
                return Cleaned(_saved(made), "pdf", "application/pdf", ("pages_only", *done))
    except pikepdf.PasswordError:
        return Cleaned(refused="encrypted")
    except Exception:  # a document that was made to confuse raises much besides PdfError
        return Cleaned(refused="damaged")


def lock(content: bytes, passphrase: str, files: Iterable[tuple[str, str, bytes]]) -> bytes:
    """The document encrypted with AES-256 (revision 6, ISO 32000-2), with files (name, type, content) inside."""
    import pikepdf

    with pikepdf.open(BytesIO(content)) as document:
        if "/Info" in document.trailer:  # when and by what it was made
            del document.trailer["/Info"]
        for name, media_type, file in files:
            document.attachments[name] = pikepdf.AttachedFileSpec(
                document, file, filename=name, description="", mime_type=media_type, creation_date="", mod_date=""
            )
        out = BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner=passphrase, user=passphrase, R=6))
        return out.getvalue()


def _dictionary(value: Any) -> Any | None:
    """The value as something with keys, if it is a dictionary or a stream."""
    import pikepdf

    return value if isinstance(value, pikepdf.Dictionary | pikepdf.Stream) else None


def _runs(value: Any) -> bool:
    found = _dictionary(value)
    if found is None:
        return False
    return any(key in found for key in _RUNS) or any(_runs_inside(inner) for inner in _values(found))


def _runs_inside(value: Any) -> bool:
    """Direct values are no objects of their own: they are looked into where they stand."""
    import pikepdf

    if isinstance(value, pikepdf.Name):
        return str(value) in _ACTIONS
    if getattr(value, "is_indirect", False):
        return False
    if isinstance(value, pikepdf.Array):
        return any(_runs_inside(each) for each in value)
    return _runs(value)


def _values(found: Any) -> Iterator[Any]:
    for key in found.keys():  # noqa: SIM118  # its iteration without keys() is another one
        yield found[key]


def _taken_out(given: Any) -> Iterator[str]:
    """What the new document will lack, for those who approve."""
    if given.trailer.get("/Info") is not None or "/Metadata" in given.Root:
        yield "properties"
    if "/AcroForm" in given.Root or any("/Annots" in page.obj for page in given.pages):
        yield "annotations"
    if len(given.attachments) or "/AF" in given.Root:
        yield "inner_files"


def _of_pages(given: Any) -> Any:
    import pikepdf

    made = pikepdf.new()
    for page in given.pages:
        made.pages.append(page)
    for page in made.pages:
        for key in list(page.obj.keys()):
            if key not in (*_OF_A_PAGE, "/Type", "/Parent"):
                del page.obj[key]
        page.contents_coalesce()
        if "/Contents" in page.obj:
            page.obj.Contents = made.make_stream(_redrawn(page.obj))
    return made


def _redrawn(drawing: Any) -> bytes:
    """The drawing's instructions, without comments and marks."""
    import pikepdf

    steps = pikepdf.parse_content_stream(drawing)
    return pikepdf.unparse_content_stream([step for step in steps if str(step.operator) not in _MARKS])


def _bare(value: Any) -> bool:
    """Take what describes out of one object; False for a picture whose form cannot be looked into."""
    import pikepdf

    found = _dictionary(value)
    if found is None:
        return True
    for key in _OF_NO_USE:
        if key in found:
            del found[key]
    if not isinstance(found, pikepdf.Stream):
        return True
    if found.get("/Subtype") == "/Form":
        found.write(_redrawn(found))
        return True
    filters = found.get("/Filter")
    names = [str(each) for each in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if "/JPXDecode" in names:
        return False
    if names == ["/DCTDecode"]:
        parameters = found.get("/DecodeParms")
        found.write(without_segments(found.read_raw_bytes()), filter=pikepdf.Name.DCTDecode)
        if parameters is not None:
            found.DecodeParms = parameters
        return True
    return "/DCTDecode" not in names


def _saved(made: Any) -> bytes:
    import pikepdf

    for key in list(made.Root.keys()):
        if key not in ("/Type", "/Pages"):
            del made.Root[key]
    made.remove_unreferenced_resources()
    out = BytesIO()
    made.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()
