"""The command line: `mailbot [--config FILE] VERB …`."""

import sys

INTERRUPTED = 130
"""Exit status after Ctrl-C: 128 and the number of SIGINT."""


def main() -> None:
    """Run the command line; Ctrl-C ends it in a sentence too, also while it is still being loaded."""
    try:
        from mailbot.cli.app import run  # takes most of the start

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("mailbot: stopped\n")
        sys.exit(INTERRUPTED)
