"""Bodies, as they come in: JSON and nothing else."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    """DRF's parser; a body nested too deep for it is the sender's fault."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """The body as Python has it, or ParseError."""
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None
