"""Figures of the benchmark: percentiles, targets, the written table, and the comparison of two runs."""

import json
from pathlib import Path

import pytest

from bench import report
from bench.figures import Figure, Statistic, Target, TargetResult, distribution, percentile, spread

AT_LEAST = Target(Statistic.RATIO, 0.25, 0.4, at_least=True)
AT_MOST = Target(Statistic.P95, 50.0)


def rate(ratio: float, noise: float | None = 0.1) -> Figure:
    return Figure("ticket", "/s", 200.0, ratio=ratio, limit="plain app", noise=noise, targets=[AT_LEAST])


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [
        ([3.0], 0.99, 3.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        (list(range(1, 101)), 0.95, 95),
        (list(range(1, 101)), 0.99, 99),
        ([1.0, 2.0], 0.0, 1.0),
    ],
)
def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed(
    values: list[float], share: float, wanted: float
) -> None:
    assert percentile(values, share) == wanted


def test_a_distribution_has_median_and_percentiles() -> None:
    figure = distribution("next", "ms", [float(ms) for ms in range(1, 101)], targets=[AT_MOST])
    assert (figure.median, figure.p95, figure.p99) == (50, 95, 99)
    assert figure.result() is TargetResult.MISSED


@pytest.mark.parametrize(
    ("ratio", "wanted"),
    [
        (0.2, TargetResult.MISSED),
        (0.25, TargetResult.MET),
        (0.39, TargetResult.MET),
        (0.4, TargetResult.AIM),
    ],
)
def test_a_figure_is_compared_with_must_and_aim(ratio: float, wanted: TargetResult) -> None:
    assert rate(ratio).result() is wanted


def test_the_worst_of_several_targets_counts() -> None:
    figure = Figure("call", "ms", 10.0, p95=60.0, ratio=0.5, targets=[AT_LEAST, AT_MOST])
    assert figure.result() is TargetResult.MISSED
    assert Figure("call", "ms", 10.0).result() is TargetResult.NO_TARGET


def test_a_target_for_a_statistic_that_was_not_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="p95 was not measured"):
        Figure("call", "ms", 10.0, targets=[AT_MOST]).result()


@pytest.mark.parametrize(("rounds", "wanted"), [([100.0], None), ([90.0, 100.0, 120.0], 0.3), ([0.0, 0.0], None)])
def test_the_noise_is_the_spread_of_the_rounds(rounds: list[float], wanted: float | None) -> None:
    assert spread(rounds) == pytest.approx(wanted)


def test_the_noise_of_one_round_is_the_spread_of_its_thirds() -> None:
    figure = distribution("page", "ms", [10.0] * 3 + [12.0] * 3 + [11.0] * 3)
    assert figure.noise == pytest.approx(2 / 11)
    assert distribution("page", "ms", [10.0, 20.0]).noise is None
    assert distribution("page", "ms", [10.0] * 9, noise=0.5).noise == 0.5


def test_the_table_is_written_between_its_marks_and_kept_as_json(tmp_path: Path) -> None:
    page, data = tmp_path / "page.md", tmp_path / "data.json"
    page.write_text(f"# Title\n\n{report.BEGIN}\nold\n{report.END}\n\nEnd.\n", encoding="utf-8")
    report.write({"tickets": [rate(0.3)]}, 0.1, page, data)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Title\n") and text.endswith("\n\nEnd.\n") and "old" not in text
    row = "| ticket | /s | 200 |  |  | 0.3 | plain app | 10 % | ratio ≥ 0.25 / 0.4 | met |"
    assert row in text.splitlines()
    assert json.loads(data.read_text(encoding="utf-8"))["parts"]["tickets"][0]["ratio"] == 0.3


def test_a_page_without_marks_is_not_overwritten(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n", encoding="utf-8")
    with pytest.raises(ValueError, match="are missing"):
        report.write({}, 0.0, page, tmp_path / "data.json")
    assert page.read_text(encoding="utf-8") == "# Title\n"


@pytest.mark.parametrize(("ratio", "is_beyond"), [(0.31, False), (0.4, True), (0.2, True)])
def test_a_second_run_is_compared_with_the_first_by_ratios(tmp_path: Path, ratio: float, is_beyond: bool) -> None:
    page, data = tmp_path / "page.md", tmp_path / "data.json"
    page.write_text(f"{report.BEGIN}{report.END}", encoding="utf-8")
    report.write({"tickets": [rate(0.3)]}, 0.1, page, data)
    [line] = report.compare({"tickets": [rate(ratio), Figure("new", "ms", 1.0)]}, data)
    assert line.startswith(f"tickets: ticket: ratio {ratio} = {ratio / 0.3:.2f} x 0.3")
    assert line.endswith("beyond the noise") is is_beyond


def test_the_first_run_has_nothing_to_compare_with(tmp_path: Path) -> None:
    assert list(report.compare({"tickets": [rate(0.3)]}, tmp_path / "data.json")) == [
        "no committed figures to compare with"
    ]


def test_the_machine_line_warns_of_a_busy_machine() -> None:
    assert "busy:" not in report.machine_line(0.0)
    assert "**The machine was busy:" in report.machine_line(1000.0)
