"""How text that was wrapped for the way (format=flowed, RFC 3676) reads when it is unwrapped."""

SIGNATURE = "-- "


def unwrap(text: str, delete_space: bool = False) -> str:
    """Paragraphs on one line each; quoting kept as "> ". `delete_space`: DelSp=yes, for text without spaces."""
    lines: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        level, content = _quoting(line)
        if paragraph and (level != depth or content == SIGNATURE):
            lines.append(_quoted(depth, paragraph))
            paragraph = []
        depth = level
        if content.endswith(" ") and content != SIGNATURE:
            paragraph.append(content[:-1] if delete_space else content)
        else:
            lines.append(_quoted(depth, [*paragraph, content]))
            paragraph = []
    if paragraph:
        lines.append(_quoted(depth, paragraph))
    return "\n".join(lines)


def _quoting(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")


def _quoted(depth: int, pieces: list[str]) -> str:
    text = "".join(pieces)
    return f"{'>' * depth} {text}" if depth else text
