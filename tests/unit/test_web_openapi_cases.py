"""The OpenAPI document holds for made-up requests; ``make prove`` tries more of them."""

from pathlib import Path

from core_openapi import try_operations

from server.web.api.table import ENDPOINTS


def test_every_answer_to_a_made_up_request_is_in_the_document(tmp_path: Path) -> None:
    tried = list(try_operations(tmp_path, examples=4))
    assert len(tried) == len(ENDPOINTS) - 1, "all but the document itself"
    assert all(operation.cases > 0 for operation in tried)
