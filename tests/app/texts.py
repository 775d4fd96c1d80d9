"""What a page says, as a viewer reads it."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest


def texts_of(test: AppTest) -> str:
    """Give the texts of a page without their markup."""
    found = [*test.title, *test.markdown, *test.caption, *test.error, *test.warning, *test.info]
    return re.sub(r"\\(.)", r"\1", "\n".join(str(one.value) for one in found))
