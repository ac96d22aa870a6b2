"""The type of every text that must not be shown."""

import hmac
from typing import ClassVar, NoReturn

_SHOWN = "Secret(…)"


class Secret:
    """A secret text that shows itself only where `reveal` or `utf8` is called.

    Printing, formatting, logging and interpolating it give a constant. It cannot be pickled (a queue
    or a cache would keep the text) nor hashed (a set would compare it in variable time); two secrets
    compare in constant time.

    Args:
        text: The secret, of any length and any code points.
    """

    __slots__ = ("__text",)
    __hash__: ClassVar[None]  # type: ignore[assignment]  # what typing calls a method is None here

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the text itself; call it only where the text is used."""
        return self.__text

    def utf8(self) -> bytes:
        """Return the text as UTF-8 bytes; a lone surrogate is encoded too, so that nothing is raised."""
        return self.__text.encode("utf-8", "surrogatepass")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.utf8(), other.utf8())

    def __repr__(self) -> str:
        return _SHOWN

    def __format__(self, _format_spec: str) -> str:
        return _SHOWN

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        message = "A secret is not serialised."
        raise TypeError(message)
