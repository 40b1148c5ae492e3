"""mailbot: the mailbox of a vulnerability desk."""

__version__ = "0.1.0"
