"""The answers of an unfinished installation, with which the next run goes on."""

import json
from collections.abc import Mapping

from onsite.machine import Machine
from onstick.questions import ALL_QUESTIONS, PURPOSE, Answers

NAME = "cai-dat.json"


def read_answers(machine: Machine) -> Answers | None:
    """Return the stored answers; None when there are none that this program can use."""
    try:
        content = json.loads((machine.paths.home / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    is_known = isinstance(content, dict) and all(isinstance(value, str) for value in content.values())
    if not is_known or content.get(PURPOSE.name) not in PURPOSE.choices:
        return None
    return {question.name: content[question.name] for question in ALL_QUESTIONS if question.name in content}


def store_answers(machine: Machine, answers: Mapping[str, str]) -> None:
    machine.write(machine.paths.home / NAME, json.dumps(answers, indent=2) + "\n", durable=True)


def forget_answers(machine: Machine) -> None:
    machine.remove(machine.paths.home / NAME)
