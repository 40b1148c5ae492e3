"""The mail address in an SOA record (RFC 1035 sections 3.3.13, 5.1 and 8)."""

import re

from mailbot.core.securitytxt import mail_address

_MAX = 1_000
_LOCAL = re.compile(r"((?:[^.\\]|\\[0-9]{3}|\\.)+)\.(.+)", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:([0-9]{3})|(.))", re.DOTALL)


def rname_address(rname: str) -> str | None:
    r"""The address that an RNAME stands for: up to the first dot without a backslash is its local part.

    "first\.last.example.jp" is first.last@example.jp. None if it is no mail address.
    """
    found = _LOCAL.fullmatch(rname.strip().removesuffix(".")[:_MAX])
    if found is None:
        return None
    local = _ESCAPED.sub(lambda m: chr(int(m[1])) if m[1] else m[2], found[1])
    return mail_address(f"{local}@{found[2]}")
