"""A question that docs/questions.md answers with jq, in SQL and in Python has one answer; test_console.py runs the commands."""

from __future__ import annotations

import re

import pytest

from tests.docs import console

PAGE = (console.ROOT / "docs" / "questions.md").read_text()
QUESTIONS = [section for section in re.split(r"^(?=\*\*)", PAGE, flags=re.MULTILINE) if "```pycon" in section and section.startswith("**")]


def values(text: str) -> list[str]:
    """The words and numbers of an answer; a second without its fraction."""
    return sorted(word.removesuffix(".000000000Z") for word in re.findall(r"[\w:.-]+", text))


def test_there_are_six() -> None:
    assert len(QUESTIONS) == 6


@pytest.mark.parametrize("question", QUESTIONS, ids=[re.sub(r"\W+", "-", question.split("?")[0])[1:40] for question in QUESTIONS])
def test_one_answer(question: str) -> None:
    by_jq = [step.printed for step in console.steps(question) if "| jq" in step.command]
    by_sql = [step.printed.split("\n", 1)[1] for step in console.steps(question) if "ovsdissect sql" in step.command]
    by_python = question.split("```pycon\n")[1].split("```")[0].splitlines()[-1]
    assert values(by_jq[0]) == values(by_sql[0]) == values(by_python)
