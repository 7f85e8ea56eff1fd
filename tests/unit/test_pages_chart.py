"""Charts as data: bars stand on the floor, fit the frame and say their numbers."""

from server.web.staff.manager.chart import HEIGHT, LEFT_MARGIN, RIGHT_MARGIN, WIDTH, Column, bar_chart


def test_bars_stand_on_the_floor_and_grow_with_their_number() -> None:
    chart = bar_chart([Column("07:30", 10), Column("08:00", 20), Column("08:30", 0)])
    assert [bar.y + bar.height for bar in chart.bars] == [chart.floor] * 3
    assert chart.bars[1].height == 2 * chart.bars[0].height
    assert [bar.value for bar in chart.bars] == ["10", "20", ""]


def test_everything_stays_inside_the_frame() -> None:
    chart = bar_chart([Column(str(n), n) for n in range(1, 20)])
    assert min(bar.x for bar in chart.bars) >= LEFT_MARGIN
    assert max(bar.x + bar.width for bar in chart.bars) <= WIDTH - RIGHT_MARGIN
    assert all(0 < line.y < HEIGHT for line in chart.grid_lines)


def test_grid_lines_are_round_numbers_up_to_the_tallest_bar() -> None:
    assert [line.label for line in bar_chart([Column("a", 31)]).grid_lines] == ["0", "10", "20", "30", "40"]
    assert [line.label for line in bar_chart([Column("a", 3)]).grid_lines] == ["0", "1", "2", "3"]
    assert [line.label for line in bar_chart([]).grid_lines] == ["0", "1"]


def test_the_target_stands_before_the_first_bar_over_it() -> None:
    chart = bar_chart([Column("0–5", 1), Column("5–10", 2), Column("10–15", 3, hatched=True)])
    assert chart.target_x is not None
    assert chart.bars[1].x + chart.bars[1].width < chart.target_x < chart.bars[2].x
    assert bar_chart([Column("0–5", 1)]).target_x is None
