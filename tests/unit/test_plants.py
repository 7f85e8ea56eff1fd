"""The faults of ``make plant`` fit the present code, so that its count says something."""

import ast

import pytest

from tools.plants.__main__ import ROOT, fits
from tools.plants.fault import Fault
from tools.plants.faults import FAULTS


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_a_fault_stands_once_in_the_code_leaves_it_python_and_has_tests(fault: Fault) -> None:
    assert fits(ROOT, fault)
    whole = (ROOT / fault.file).read_text(encoding="utf-8")
    planted = ast.parse(whole.replace(fault.old, fault.new))
    assert ast.dump(planted) != ast.dump(ast.parse(whole))
    assert fault.tests
    assert [test for test in fault.test_files if not (ROOT / test).is_file()] == []
