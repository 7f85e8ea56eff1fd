"""The shipped holidays of the country, and the page that adds them."""

from datetime import date, timedelta
from math import floor, radians, sin

import pytest
from account_web import AccountWeb
from office_pages import OfficePages, text_of

from config.national_holidays import national_holidays

PATH = "/dates/national?year=2027"


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


def new_moon(lunation: int) -> date:
    """Return the date of a new moon in Viet Nam, after J. Meeus.

    ``lunation`` counts from that of January 1900.
    """
    centuries = lunation / 1236.85
    day = 2415020.75933 + 29.53058868 * lunation + 0.0001178 * centuries**2
    sun = radians(359.2242 + 29.10535608 * lunation)
    moon = radians(306.0253 + 385.81691806 * lunation + 0.0107306 * centuries**2)
    node = radians(21.2964 + 390.67050646 * lunation)
    day += 0.1734 * sin(sun) + 0.0021 * sin(2 * sun) - 0.4068 * sin(moon) + 0.0161 * sin(2 * moon)
    day += 0.0104 * sin(2 * node) - 0.0051 * sin(sun + moon) - 0.0074 * sin(sun - moon)
    return date.fromordinal(floor(day + 0.5 + 7 / 24) - 1721425)


def lunar_new_year(year: int) -> tuple[date, date]:
    """Return the first days of the first and third lunar months.

    Neither year has a leap month before.
    """
    lunations = range(round((year - 1900) * 12.3685) - 1, round((year - 1900) * 12.3685) + 3)
    first = next(n for n in lunations if new_moon(n) > date(year, 1, 20))
    return new_moon(first), new_moon(first + 2)


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_lunar_dates_are_those_of_the_new_moons(year: int) -> None:
    names = {holiday.vi: holiday for holiday in national_holidays() if holiday.year == year}
    first_month, third_month = lunar_new_year(year)
    assert names["Tết Nguyên đán (mùng 1)"].date == first_month.isoformat()
    assert names["Giỗ Tổ Hùng Vương"].date == (third_month + timedelta(days=9)).isoformat()


@pytest.mark.parametrize("year", [2026, 2027])
def test_a_year_has_its_twelve_holidays_and_days_in_lieu_are_working_days(year: int) -> None:
    holidays = [holiday for holiday in national_holidays() if holiday.year == year]
    in_lieu = [holiday for holiday in holidays if holiday.vi.startswith("Nghỉ bù")]
    assert len(holidays) - len(in_lieu) == 12
    weekend = [holiday for holiday in holidays if date.fromisoformat(holiday.date).weekday() > 4]
    assert len(in_lieu) == len(weekend)
    assert all(date.fromisoformat(holiday.date).weekday() < 5 for holiday in in_lieu)
    moving = ("Tết Nguyên", "Giỗ Tổ", "Nghỉ bù", "Quốc khánh (")
    assert [h for h in holidays if h.confirm] == [h for h in holidays if h.vi.startswith(moving)]


def test_the_ticked_holidays_of_a_year_are_added_in_one_change(boss: OfficePages) -> None:
    _, page = boss.get(PATH)
    assert text_of(page).casefold().count("cần xác nhận") == 10
    form = boss.form(PATH)
    assert form["holiday"] == ["2027-01-01", "2027-04-30", "2027-05-01", "2027-09-02", "2027-11-24"]
    status, preview = boss.send(PATH, form, holiday=["2027-01-01", "2027-02-06"])
    assert (status, "06/02/2027" in text_of(preview)) == (200, True)
    assert boss.office.holidays.keys().isdisjoint(form["holiday"])
    boss.send(PATH, boss.read(preview, PATH), "save")
    assert {day for day in boss.office.holidays if day >= "2027"} == {"2027-01-01", "2027-02-06"}
    assert boss.office.holidays["2027-01-01"] == {"vi": "Tết Dương lịch", "en": "New Year's Day"}
    _, page = boss.get(PATH)
    assert "đã có trong danh sách" in text_of(page).casefold()
    assert boss.form(PATH)["holiday"] == ["2027-04-30", "2027-05-01", "2027-09-02", "2027-11-24"]


def test_holidays_that_are_over_or_there_already_cannot_be_ticked(boss: OfficePages) -> None:
    path = "/dates/national?year=2026"
    form = boss.form(path)
    assert "holiday" not in form
    status, page = boss.send(path, form, holiday=["2026-01-01", "2026-11-24"])
    assert (status, "Mời đánh dấu ít nhất một ngày." in text_of(page)) == (422, True)


def test_a_holiday_before_the_change_takes_effect_is_refused_and_the_ticks_are_kept(boss: OfficePages) -> None:
    _, preview = boss.send(PATH, boss.form(PATH), holiday=["2027-01-01", "2027-02-06"])
    status, page = boss.send(PATH, boss.read(preview, PATH), "save", when="date", date="2027-02-01")
    assert (status, "Có ngày lễ trước ngày thay đổi có hiệu lực." in text_of(page)) == (422, True)
    assert boss.read(page, PATH)["holiday"] == ["2027-01-01", "2027-02-06"]
    assert not {day for day in boss.office.holidays if day >= "2027"}
