"""What MkDocs does besides: links out of this folder lead to the repository, and pictures come along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PICTURES = "assets"


def on_files(files: Files, config: Any) -> Files:
    """Add the repository's pictures, which the README shows too."""
    for path in sorted((ROOT / PICTURES).iterdir()):
        if path.suffix in {".png", ".jpg", ".svg"}:
            files.append(File.generated(config, f"{PICTURES}/{path.name}", abs_src_path=str(path)))
    return files


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ARG001
    """Keep the theme from asking GitHub for the repository's stars."""
    return output.replace(' data-md-component="source"', "")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:  # noqa: ARG001
    """Turn a link to a file of the repository into its address there; end where there is no such file."""

    def addressed(link: re.Match[str]) -> str:
        path = link[1]
        if not (ROOT / path.partition("#")[0]).exists():
            raise FileNotFoundError(f"{page.file.src_uri} links to {path}, which is not in the repository.")
        return f"]({path})" if path.startswith(PICTURES) else f"]({config['repo_url']}/blob/main/{path})"

    return re.sub(r"\]\(\.\./([^)]+)\)", addressed, markdown)
