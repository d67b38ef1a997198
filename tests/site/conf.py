"""Sphinx's settings for ``make docs``."""

project = "wiretape"
author = "The wiretape authors"
copyright = "the wiretape authors"  # noqa: A001  # Sphinx's name
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
default_role = "code"
html_theme = "furo"
html_title = "wiretape"
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 6
# Links and the navigation are what the build is strict about; docstrings are written for readers of the source.
suppress_warnings = ["docutils", "misc.highlighting_failure"]
exclude_patterns = ["README.md", "tests", "cassettes"]
