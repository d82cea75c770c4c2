"""How Sphinx makes the site of these pages: `make docs`."""

from ovsdissect import __version__

project = "ovsdissect"
author = "The ovsdissect authors"
project_copyright = author
release = __version__
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# filters and console sessions have no highlighter of their own
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True

html_theme = "alabaster"
html_title = f"ovsdissect {release}"
html_theme_options = {
    "description": "What the Open vSwitch kernel datapath and ovs-vswitchd said to each other",
    "fixed_sidebar": True,
    "page_width": "1100px",
}
