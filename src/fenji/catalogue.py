"""The catalogue: English text → (simplified, traditional) Chinese. Data only; `words` reads it."""

from __future__ import annotations

CATALOGUE: dict[str, tuple[str, str]] = {}
