"""PDFium: the words of a document, also those that nobody sees."""

_CHARACTERS = 200_000


def words(content: bytes) -> str | None:
    """All text of all pages; None if it cannot be read to its end, or is too long to be checked."""
    import pypdfium2  # type: ignore[import-untyped]  # ships no types

    try:
        with pypdfium2.PdfDocument(content) as document:
            texts, length = [], 0
            for page in document:
                texts.append(page.get_textpage().get_text_range())
                length += len(texts[-1])
                if length > _CHARACTERS:
                    return None
            return "\n".join(texts).replace("\r\n", "\n")
    except Exception:  # what odd fonts make of it is not documented
        return None
