"""pyzipper: files in a ZIP with AES-256 (WinZip AE-2), which 7-Zip opens and Windows by itself does not."""

from collections.abc import Iterable
from io import BytesIO


def zipped(files: Iterable[tuple[str, bytes]], passphrase: str) -> bytes:
    """The files under their names; these can be read without the passphrase, so they say nothing."""
    import pyzipper  # type: ignore[import-untyped]  # ships no types

    out = BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()
