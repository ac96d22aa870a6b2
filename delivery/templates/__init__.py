"""The wording of letters: a text and an HTML file for each, in a folder for each language.

A `.txt` file begins with `Subject: ` and a blank line. `$name` stands for a value. A paragraph (what stands
between blank lines) that holds a placeholder without a value is left out. The two layouts go around every
letter. `load_templates` finds what is missing or unknown before the first letter is written.
"""

from __future__ import annotations

from delivery.templates.catalogue import FOLDER, LANGUAGES, LETTERS, BadTemplate
from delivery.templates.loading import (
    Language,
    Paragraph,
    Templates,
    Wording,
    load_templates,
    shipped_templates,
)

__all__ = [
    "FOLDER",
    "LANGUAGES",
    "LETTERS",
    "BadTemplate",
    "Language",
    "Paragraph",
    "Templates",
    "Wording",
    "load_templates",
    "shipped_templates",
]
