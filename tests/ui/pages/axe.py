"""axe-core on a page: what of it is hard to use without eyes, mouse or full colour. The library brings its script."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

# rule -> what of Streamlit's own markup breaks it, which no option of ours reaches
EXEMPT: Final = {
    "presentation-role-conflict": ("stFileUploaderDropzone",),  # st.file_uploader can be focused and has no role
}


def violations(page: Page) -> list[str]:
    """Every violation of axe-core's rules on the page as it stands, without Streamlit's own."""
    script = pytest.importorskip("axe_playwright_python", reason="axe-core is a development dependency")
    page.evaluate(files(script).joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if not any(part in node["html"] for part in EXEMPT.get(rule["id"], ()))
    ]
