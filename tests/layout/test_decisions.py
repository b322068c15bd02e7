import re

from tests.layout.source import ROOT, relative

DECISIONS = ROOT / "docs" / "decisions"
PARTS = ("## Situation", "## Decision", "## What we gave up", "## How we would notice")


def pages() -> list[str]:
    found = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert found, "no decision found: the rule would hold for nothing"
    return found


def test_the_list_of_decisions_links_every_page_and_no_other() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert sorted(set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index))) == pages()


def test_no_two_decisions_share_a_number() -> None:
    numbers = [name[:4] for name in pages()]
    assert len(numbers) == len(set(numbers))


def test_each_decision_says_what_was_given_up_and_when_it_is_wrong() -> None:
    incomplete = {
        relative(DECISIONS / name): missing
        for name in pages()
        if (
            missing := [
                part
                for part in PARTS
                if part not in (DECISIONS / name).read_text(encoding="utf-8")
            ]
        )
    }
    assert incomplete == {}
