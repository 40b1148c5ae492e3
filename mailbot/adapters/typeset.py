"""fpdf2: a plain text as pages, in a font that is inside the document, so that Japanese shows on every machine."""

import logging

from mailbot.adapters import fonts

_SIZE, _LINE = 9.5, 5.2  # points, millimetres: 44 full-width characters in a line of A4
_MISSING = "〓"


def typeset(text: str) -> bytes:
    """The text as a PDF document, its lines as they are."""
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    document = FPDF(format="A4")
    document.add_font("text", fname=fonts.sans())
    document.set_font("text", size=_SIZE)
    font = document.fonts["text"]
    assert isinstance(font, TTFFont)
    known = font.cmap
    document.set_auto_page_break(True, margin=15)
    document.add_page()
    for line in text.expandtabs(4).split("\n"):
        shown = "".join(c if ord(c) in known or c == " " else _MISSING for c in line)
        document.multi_cell(0, _LINE, shown or " ", align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())
