"""JSON from strangers: only what is JSON and Unicode, and nothing that breaks the parser."""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """The value. Raises json.JSONDecodeError for all that is wrong: no UTF-8, NaN, lone surrogates, nesting without end."""
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        value = json.loads(decoded, parse_constant=_refuse)
        if "\\u" in decoded:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
