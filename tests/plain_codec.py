"""A codec that seals nothing, so that a test can read and damage what lies on the disk."""


class PlainCodec:
    """Leaves everything in the clear."""

    name = "plain"

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """`plain` itself."""
        return plain

    def unseal(self, stored: bytes, purpose: str) -> bytes:
        """`stored` itself."""
        return stored
