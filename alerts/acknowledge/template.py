"""The HTML files of this folder, with the one style that they share."""

from importlib import resources
from string import Template


def read_template(name: str) -> Template:
    """The file of that name, `$style` filled in and all else still to be."""
    folder = resources.files("alerts.acknowledge")
    style = (folder / "style.css").read_text(encoding="utf-8").rstrip()
    return Template((folder / name).read_text(encoding="utf-8").replace("$style", style))
