"""Rules of plain English that a machine can check."""

import ast
import re
from collections.abc import Iterator, Sequence

from tools.house.rule import Breach, Rule
from tools.house.sources import Function, Source

MAX_WORDS = 15
"""Of a docstring's first sentence."""

BANNED_WORDS = frozenset(
    {
        "acquit", "beaten", "bounds", "greet", "happening", "heal", "heard", "hearer", "hearing", "hears", "hush",
        "said", "says", "shut", "stranger", "stray", "strays", "talker", "tell", "tells", "told", "trouble", "untold",
        "verdict", "what", "whoever", "whose",
    }
)  # fmt: skip
"""Words that name a function, class or parameter badly: the field has a plain one (CONTRIBUTING, "House rules")."""

VAGUE_VARIABLES = frozenset({"found", "heard", "one", "said", "told"})
"""Names of variables that do not say what they hold; `for ticket in tickets` does."""

_CODE = re.compile(r"``.+?``|`.+?`", re.DOTALL)
_SENTENCE = re.compile(r".*?[.!?](?=\s|$)", re.DOTALL)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_VAGUE = re.compile(r"(What|Who|Whoever|Whose|Whether)\b")


def vague_variables(source: Source) -> Iterator[Breach]:
    """Yield the variables and parameters with a name of ``VAGUE_VARIABLES``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VAGUE_VARIABLES:
            yield Breach(node.lineno, f"a variable is called `{node.id}`")
        elif isinstance(node, ast.arg) and node.arg in VAGUE_VARIABLES:
            yield Breach(node.lineno, f"a parameter is called `{node.arg}`")


def long_first_sentences(source: Source) -> Iterator[Breach]:
    """Yield the docstrings whose first sentence has more than ``MAX_WORDS`` words."""
    for line, text in source.docstrings():
        words = first_sentence(text).split()
        if len(words) > MAX_WORDS:
            yield Breach(line, f"the first sentence has {len(words)} words: {' '.join(words[:6])} …")


def vague_beginnings(source: Source) -> Iterator[Breach]:
    """Yield the docstrings that begin with "What", "Who", "Whoever", "Whose" or "Whether"."""
    for line, text in source.docstrings():
        if _VAGUE.match(text):
            yield Breach(line, f"begins with: {' '.join(text.split()[:6])} …")


def banned_names(source: Source) -> Iterator[Breach]:
    """Yield the classes, functions and parameters that have a banned word in their names."""
    for line, name in _names(source):
        words = BANNED_WORDS.intersection(word.lower() for word in _WORD.findall(name))
        if words:
            yield Breach(line, f"`{name}` contains {', '.join(sorted(words))}")


RULES: Sequence[Rule] = (
    Rule("a variable names the thing", vague_variables),
    Rule(f"a docstring's first sentence has at most {MAX_WORDS} words", long_first_sentences),
    Rule("a docstring names its subject", vague_beginnings),
    Rule("a name is a term of the field", banned_names),
)


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, with each code span as one word."""
    paragraph = _CODE.sub("code", text.partition("\n\n")[0])
    sentence = _SENTENCE.match(paragraph)
    return sentence[0] if sentence else paragraph


def _names(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each class, function and parameter, but not of tests."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, Function):
            if not node.name.startswith("test_"):
                yield node.lineno, node.name
            arguments = node.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                yield argument.lineno, argument.arg
