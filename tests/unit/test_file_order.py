"""The files of tests are taken in an order that keeps all workers busy."""

from pathlib import Path

from support.file_order import LONG, order_of_files

ROOT = Path(__file__).parents[2]
FILES = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))]


def test_the_long_files_exist_and_come_first() -> None:
    assert set(LONG) <= set(FILES)
    assert tuple(order_of_files(FILES)[: len(LONG)]) == LONG


def test_each_file_is_taken_once() -> None:
    assert sorted(order_of_files([*FILES, *FILES])) == FILES


def test_files_of_an_unknown_folder_keep_their_order() -> None:
    assert order_of_files(["2/test_2.py", "1/test_1.py"]) == ["2/test_2.py", "1/test_1.py"]


def test_files_that_wait_alternate_with_units() -> None:
    names = [f"tests/{folder}/test_{n}.py" for folder in ("integration", "system", "unit") for n in (1, 2)]
    names += ["tests/unit/test_3.py", "tests/unit/test_4.py"]
    is_unit = [name.startswith("tests/unit/") for name in order_of_files(names)]
    assert is_unit == [False, True, False, True, False, True, False, True]
    assert order_of_files(names)[0] == "tests/system/test_1.py"
