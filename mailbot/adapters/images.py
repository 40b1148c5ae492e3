"""Pillow: a picture drawn anew from its pixels, so that nothing but what is seen goes on."""

import warnings
from io import BytesIO

from mailbot.core.file_records import Cleaned

_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
_PIXELS = 40_000_000
_GPS = 0x8825
_SILENT = ("dpi", "gamma", "jfif", "jfif_density", "jfif_unit", "jfif_version", "transparency", "background", "version")


def clean(content: bytes) -> Cleaned:
    """The picture without anything that is no pixel; animations and stacks give their first picture."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = _PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=_FORMATS) as image:
                if image.width * image.height > _PIXELS:
                    return Cleaned(refused="too_large")
                done = _metadata(image)
                jpeg = image.format == "JPEG"
                turned = ImageOps.exif_transpose(image)
                mode = "RGBA" if not jpeg and turned.has_transparency_data else "RGB"
                seen = turned.convert(mode)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Cleaned(refused="too_large")
    except Exception:  # what its many decoders raise at broken data is not documented
        return Cleaned(refused="damaged")
    bare = Image.frombytes(mode, seen.size, seen.tobytes())
    out = BytesIO()
    if jpeg:
        bare.save(out, "JPEG", quality=90)
        return Cleaned(out.getvalue(), "jpg", "image/jpeg", done)
    bare.save(out, "PNG", optimize=False)
    return Cleaned(out.getvalue(), "png", "image/png", done)


def _metadata(image: object) -> tuple[str, ...]:
    """What will be gone, for those who approve."""
    from PIL.Image import Image

    assert isinstance(image, Image)
    done = ["redrawn"]
    exif = image.getexif()
    if exif:
        done.append("camera_data")
    if exif.get_ifd(_GPS):
        done.append("position")
    if any(isinstance(key, str) and key not in (*_SILENT, "exif") for key in image.info):
        done.append("comments")
    if getattr(image, "is_animated", False):
        done.append("first_picture")
    return tuple(done)
