"""How Sphinx makes the pages in this folder into a site: `make site`."""

from mailbot import __version__ as release

project = "mailbot"
author = "the mailbot project"
copyright = author
version = release
extensions = ["myst_parser"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["build"]
html_theme = "furo"
html_title = f"mailbot {release}"
html_copy_source = False
html_show_sphinx = False
# Pages point at files of the source tree, which are no pages of the site; tests/unit/test_docs.py checks those links.
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
nitpicky = False
