"""The command line: `mailbot [--config FILE] VERB …`."""

from mailbot.cli.app import main

__all__ = ["main"]
