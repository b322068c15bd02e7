import tomllib

from tests.layout.source import ROOT, functions, modules, relative, tree

MODULE_LINES = 400
MODULE_LINES_WITH_REASON = 600
FUNCTION_LINES = 50
REASONS = ROOT / "tests" / "layout" / "reasons.toml"


def lines_of_modules() -> dict[str, int]:
    lines = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
    }
    assert lines, "no module found: the rule would hold for nothing"
    return lines


def reasons() -> dict[str, str]:
    return dict(tomllib.loads(REASONS.read_text(encoding="utf-8")))


def test_no_module_is_longer_than_400_lines_without_a_reason() -> None:
    allowed = reasons()
    too_long = {
        name: lines
        for name, lines in lines_of_modules().items()
        if lines > MODULE_LINES and name not in allowed
    }
    assert too_long == {}


def test_a_reason_allows_600_lines_and_no_more() -> None:
    too_long = {
        name: lines
        for name, lines in lines_of_modules().items()
        if lines > MODULE_LINES_WITH_REASON
    }
    assert too_long == {}


def test_each_reason_is_a_sentence_for_a_module_that_needs_it() -> None:
    lines = lines_of_modules()
    idle = [name for name in reasons() if lines.get(name, 0) <= MODULE_LINES]
    empty = [name for name, why in reasons().items() if len(why.split()) < 4]
    assert (idle, empty) == ([], [])


def test_no_function_is_longer_than_50_lines() -> None:
    found = [
        (relative(path), node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path in modules()
        for node in functions(tree(path))
    ]
    assert found, "no function found: the rule would hold for nothing"
    assert [each for each in found if each[2] > FUNCTION_LINES] == []
