"""What the hosted pages ask of the API, read out of their script: they run wherever the pages are."""

from __future__ import annotations

import re

from server.hosted_texts import HOSTED

_CONSTANT = re.compile(r"^(export )?const ([A-Z_]+) = `([^`]*)`;$", re.MULTILINE)
_PLACE = re.compile(r"\$\{([A-Z_]+)\}")


def hosted_documents() -> list[str]:
    """The documents as the pages send them, byte for byte."""
    script = (HOSTED / "documents.js").read_text(encoding="utf-8")
    constants, exported = dict[str, str](), list[str]()
    for is_exported, name, text in _CONSTANT.findall(script):
        constants[name] = _PLACE.sub(lambda place: constants[place[1]], text)
        if is_exported:
            exported.append(constants[name])
    return exported
