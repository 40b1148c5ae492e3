"""Whether a mail is encrypted with S/MIME, which the desk does not read: its sender is told how to write instead.

RFC 8551 section 3: the label of such a file is often missing or wrong, so the file itself is asked.
"""

from collections.abc import Iterable

from mailbot.core.messages import Attachment

_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SUFFIX = ".p7m"
# The content types of RFC 5652 and RFC 5083 that hide what they hold, as they stand at the beginning of the file.
_HIDING = (
    bytes.fromhex("06092a864886f70d010703"),  # enveloped data
    bytes.fromhex("060b2a864886f70d0109100117"),  # authenticated enveloped data
)
_BEGINNING = 32


def is_enveloped(attachments: Iterable[Attachment]) -> bool:
    """Whether one of the files is a mail that is encrypted with S/MIME; one that is only signed is not."""
    return any(
        (file.media_type in _TYPES or file.filename.lower().endswith(_SUFFIX))
        and any(kind in file.content[:_BEGINNING] for kind in _HIDING)
        for file in attachments
    )
