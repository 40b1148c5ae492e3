"""Files as finders send them, made here: pictures with a position, documents with an author, recorded traffic."""

import json
import zipfile
from io import BytesIO

import pikepdf
from PIL import Image, PngImagePlugin

NAME = "Yamada Hanako"
ADDRESS = "hanako@finder.example.org"
GPS = {1: "N", 2: (35.0, 41.0, 22.0), 3: "E", 4: (139.0, 41.0, 30.0)}
TRAILING = b"hanako was here"


def jpeg(size: tuple[int, int] = (48, 32)) -> bytes:
    """A photograph with camera, artist, comment and position."""
    image = Image.new("RGB", size, (200, 30, 30))
    exif = Image.Exif()
    exif[0x013B], exif[0x010F], exif[0x9286] = NAME, "Phone of Hanako", NAME
    exif[0x8825] = GPS
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=NAME.encode(), quality=95)
    return out.getvalue() + TRAILING


def png(size: tuple[int, int] = (48, 32)) -> bytes:
    """A screenshot with text chunks."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", NAME)
    notes.add_itxt("XML:com.adobe.xmp", f"<x>{ADDRESS}</x>")
    out = BytesIO()
    Image.new("RGBA", size, (10, 200, 30, 128)).save(out, "PNG", pnginfo=notes)
    return out.getvalue() + TRAILING


def pdf(text: str = "Steps to reproduce", *, script: bool = False, password: str = "") -> bytes:
    """A document with author, XMP, an earlier version's worth of extras, a file inside, a note and a photograph."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(300, 300))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    photo = pikepdf.Stream(document, jpeg())
    photo.Type, photo.Subtype, photo.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
    photo.Width, photo.Height, photo.BitsPerComponent, photo.ColorSpace = 48, 32, 8, pikepdf.Name.DeviceRGB
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font), XObject=pikepdf.Dictionary(P=photo))
    words = f"/Span <</ActualText ({NAME})>> BDC BT /F1 12 Tf 20 200 Td ({text}) Tj ET EMC"
    drawn = f"% {NAME}\n{words} q 48 0 0 32 20 20 cm /P Do Q"
    page.Contents = document.make_stream(drawn.encode())
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], T=NAME, Contents="by me"
    )
    page.Annots = pikepdf.Array([document.make_indirect(note)])
    page.PieceInfo = pikepdf.Dictionary(Owner=pikepdf.String(NAME))
    document.docinfo["/Author"], document.docinfo["/Producer"] = NAME, "Writer of Hanako"
    with document.open_metadata() as metadata:
        metadata["dc:creator"] = [NAME]
    document.attachments["hanako.txt"] = pikepdf.AttachedFileSpec(
        document,
        NAME.encode(),
        filename="hanako.txt",
        description="",
        mime_type="text/plain",
        creation_date="",
        mod_date="",
    )
    if script:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    out = BytesIO()
    if password:
        document.save(out, encryption=pikepdf.Encryption(owner=password, user=password))
    else:
        document.save(out)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = "http://schemas.openxmlformats.org/package/2006/relationships"
O = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"  # noqa: E741  # as the standard calls it


def docx(text: str = "Steps to reproduce", **more: bytes) -> bytes:
    """A document with author, company, comments, tracked changes, a template's path, a thumbnail and a photograph."""
    body = (
        f'<w:document {W} xmlns:r="{O}"><w:body><w:p w:rsidR="00AB12CD"><w:r><w:t>{text[:5]}</w:t></w:r>'
        f"<w:r><w:t>{text[5:]}</w:t></w:r>"
        f'<w:ins w:id="1" w:author="{NAME}" w:date="2026-11-20T00:00:00Z"><w:r><w:t> and a new word</w:t></w:r></w:ins>'
        f'<w:del w:id="2" w:author="{NAME}"><w:r><w:delText>Hanako wrote this</w:delText></w:r></w:del>'
        '<w:commentRangeStart w:id="0"/><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>'
        "</w:body></w:document>"
    )
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="a/b"/></Types>'
    )
    parts = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{R}"><Relationship Id="r1" Type="{O}/officeDocument" Target="word/document.xml"/>'
            f'<Relationship Id="r2" Type="x/core-properties" Target="docProps/core.xml"/></Relationships>'
        ).encode(),
        "word/document.xml": body.encode(),
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="{R}"><Relationship Id="r1" Type="{O}/comments" Target="comments.xml"/>'
            f'<Relationship Id="r2" Type="{O}/image" Target="media/image1.jpeg"/>'
            f'<Relationship Id="r3" Type="{O}/hyperlink" Target="https://hanako.example.org/" TargetMode="External"/>'
            "</Relationships>"
        ).encode(),
        "word/settings.xml": f'<w:settings {W}><w:rsids><w:rsid w:val="00AB12CD"/></w:rsids></w:settings>'.encode(),
        "word/comments.xml": f'<w:comments {W}><w:comment w:author="{NAME}"/></w:comments>'.encode(),
        "word/people.xml": NAME.encode(),
        "word/media/image1.jpeg": jpeg(),
        "docProps/core.xml": f"<c>{NAME}</c>".encode(),
        "docProps/app.xml": b"<a>Hanako Lab</a>",
        "docProps/thumbnail.jpeg": jpeg(),
        **{name.replace("__", "/").replace("_DOT_", "."): data for name, data in more.items()},
    }
    return packed(parts)


def packed(parts: dict[str, bytes]) -> bytes:
    """A ZIP file of these."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def har() -> bytes:
    """Traffic as a browser records it."""
    request = {
        "method": "GET",
        "url": "https://shop.example.jp/search?q=%3Cb%3E",
        "headers": [
            {"name": "Cookie", "value": "session=0123456789abcdef"},
            {"name": "Authorization", "value": "Bearer aaaa.bbbb.cccc"},
            {"name": "User-Agent", "value": "Hanako's browser"},
            {"name": "Accept", "value": "text/html"},
        ],
        "cookies": [{"name": "session", "value": "0123456789abcdef"}],
    }
    entry = {"request": request, "response": {"status": 200, "headers": [], "cookies": []}, "connection": "192.0.2.7"}
    return json.dumps({"log": {"version": "1.2", "creator": {"name": NAME}, "entries": [entry]}}).encode()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = (
    b"<!doctype html><html><body><form action=https://shop.example.jp/search><script>x()</script></form></body></html>"
)
PROGRAM = b"MZ\x90\x00" + bytes(64)
