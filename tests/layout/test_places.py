"""Names, folders and imports that the import contracts cannot see."""

import ast
from pathlib import Path

from tests.layout.source import PACKAGE, ROOT, imported, modules, relative, tree

#: The command of pyproject.toml starts here; everywhere else an import in a package
#: file would be out of sight of the import contracts that name its modules.
DOORS = {"gateway/cli/__init__.py"}
#: They say nothing about what is inside.
FORBIDDEN = {"util", "utils", "common", "helper", "helpers", "core", "misc"}
FORBIDDEN_ENDINGS = ("Manager", "Handler", "Helper", "Service", "Util", "Utils")
#: The mock contract calls the one that answers a request a Handler.
ALLOWED_ENDINGS = {"Handler"}
ADAPTER_FILES = ("agency.toml", "adapter.py", "mapping.py", "replies.toml")

#: An officer comes for the messages: nothing is translated, no answer is classified.
NOTHING_SENT = {("manual", "mapping.py"), ("manual", "replies.toml")}


def adapters() -> list[Path]:
    """Folders of agencies that we speak to already."""
    return sorted(path.parent for path in PACKAGE.glob("adapters/*/adapter.py"))


def mock_modules() -> list[Path]:
    """Modules of all mocks: mock.py, mock_tables.py, mock/anything.py."""
    return [
        path
        for path in (PACKAGE / "adapters").rglob("*.py")
        if path.relative_to(PACKAGE / "adapters").parts[1].startswith("mock")
    ]


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    names = {path: {path.stem, path.parent.name} for path in modules()}
    assert names, "no module found: the rule would hold for nothing"
    assert [relative(path) for path in names if names[path] & FORBIDDEN] == []


def test_no_class_is_named_for_its_shape() -> None:
    classes = [
        (relative(path), node.name)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    assert classes, "no class found: the rule would hold for nothing"
    wrong = [
        each
        for each in classes
        if each[1].endswith(FORBIDDEN_ENDINGS) and each[1] not in ALLOWED_ENDINGS
    ]
    assert wrong == []


def test_every_package_says_what_it_is_and_imports_nothing() -> None:
    files = sorted(PACKAGE.rglob("__init__.py"))
    folders = {path.parent for path in modules()}
    assert {path.parent for path in files} == folders
    wrong = [
        relative(path)
        for path in files
        if not ast.get_docstring(tree(path))
        or ([*imported(tree(path))] and relative(path) not in DOORS)
    ]
    assert wrong == []


def test_no_mock_knows_more_of_the_gateway_than_its_own_modules() -> None:
    foreign = {
        (relative(path), name)
        for path in mock_modules()
        for name in imported(tree(path))
        if name.startswith((".", "gateway"))
        and not name.startswith(
            f"gateway.adapters.{path.relative_to(PACKAGE / 'adapters').parts[0]}.mock"
        )
    }
    assert foreign == set()


def missing_of(folder: Path) -> list[str]:
    agency = folder.name
    wanted = [
        *(
            folder / name
            for name in ADAPTER_FILES
            if (agency, name) not in NOTHING_SENT
        ),
        ROOT / "docs" / "agencies" / f"{agency}.md",
        ROOT / "docs" / "agencies" / f"{agency}.vi.md",
        ROOT / "schemas" / "agencies" / agency / "SOURCE.toml",
    ]
    missing = [relative(path) for path in wanted if not path.is_file()]
    if not (folder / "mock.py").is_file() and not (folder / "mock").is_dir():
        missing.append(f"{relative(folder)}/mock.py")
    return missing


def test_an_agency_that_we_speak_to_is_complete() -> None:
    missing = [name for folder in adapters() for name in missing_of(folder)]
    assert missing == []


def test_a_folder_without_its_papers_is_seen_as_incomplete() -> None:
    missing = missing_of(PACKAGE / "adapters" / "no_such_agency")
    assert "docs/agencies/no_such_agency.vi.md" in missing
    assert "gateway/adapters/no_such_agency/mock.py" in missing
