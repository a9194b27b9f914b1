"""Small trees for tests."""

import json
from pathlib import Path
from typing import Any


def write_tree(root: Path, files: dict[str, Any]) -> Path:
    """Writes files below ``root``: text and bytes as they are, anything else as JSON."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return root
