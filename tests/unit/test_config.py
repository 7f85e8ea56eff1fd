"""Configuration: every mistake at once, with file, section and suggestion; the shipped files load."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import config.clock as clock_module
from config.clock import Clock, DemoClock, DemoClockBase, write_demo_clock
from config.load import EX_CONFIG, ConfigError, load_settings
from config.office import load_office
from config.settings import ServerSettings
from config.words import words
from support.waiting import PATIENCE_S

ROOT = Path(__file__).parent.parent.parent


def written(folder: Path, text: str, name: str = "hall.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return caught.value.mistakes


@pytest.mark.parametrize("path", sorted(ROOT.glob("config/**/hall*.toml")), ids=lambda p: p.name)
def test_every_shipped_machine_file_loads(path: Path) -> None:
    assert load_settings(path)


def test_the_demo_office_is_as_in_the_readme() -> None:
    office = load_office(ROOT / "config" / "demo" / "office.toml")
    here = [p for p in office.procedures if p.service is not None]
    assert (len(office.services), len(here), len(office.counters)) == (15, 50, 6)
    by_service = {s.id: [c.id for c in office.counters if s.id in c.services] for s in office.services}
    assert all(by_service.values())
    assert by_service["CT"] == ["c2", "c3"]
    assert (len(by_service["HD"]), len(by_service["TK"])) == (1, 1)
    assert "2026-11-24" in [holiday.date for holiday in office.holidays]


def test_all_mistakes_come_at_once_with_file_section_and_suggestion(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[kiosk]\nstaton = "kiosk-1"\nidle_s = 5\n'
        '[kiosk.printer]\nkind = "laser"\n[[counter.desks]]\nsign = {kin = 1}\n',
    )
    sentences = mistakes(path)
    assert len(sentences) == 5
    text = "\n".join(sentences)
    assert f"{path}: [kiosk]: unknown setting 'staton'; did you mean 'station'?" in sentences
    assert "[kiosk]: idle_s = 5: Input should be greater than or equal to 10" in text
    assert "[kiosk.printer]: kind = 'laser'" in text
    assert "[counter.desks[0]]: 'counter' is missing; add it" in text
    assert "[counter.desks[0].sign]: unknown setting 'kin'; did you mean 'kind'?" in text


def test_fewer_threads_than_calls_and_pages_need_are_a_mistake_with_values_that_fit(tmp_path: Path) -> None:
    (mistake,) = mistakes(written(tmp_path, "[server]\nthreads = 64\n"))
    assert "threads = 64 are too few: calls_at_once = 64 and twice pages_at_once = 2 need 68" in mistake
    assert "set threads = 388, or a lower calls_at_once" in mistake


@pytest.mark.parametrize(("threads", "streams"), [(400, 300), (388, 300), (320, 232), (72, 2)])
def test_streams_have_the_threads_that_other_requests_leave(threads: int, streams: int) -> None:
    assert ServerSettings(threads=threads).max_streams == streams


def test_a_file_that_is_missing_or_no_toml_is_reported(tmp_path: Path) -> None:
    assert "not valid TOML" in mistakes(written(tmp_path, "[kiosk\n"))[0]
    assert "cannot be read" in mistakes(tmp_path / "none.toml")[0]
    (tmp_path / "latin.toml").write_bytes(b'[machine]\nlog = "\xe9"\n')
    assert "not UTF-8" in mistakes(tmp_path / "latin.toml")[0]


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "a = " + "1" * 5_000], ids=["brackets", "digits"])
def test_toml_that_no_reader_can_bear_is_a_mistake_too(tmp_path: Path, text: str) -> None:
    (mistake,) = mistakes(written(tmp_path, text))
    assert "not valid TOML" in mistake


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"code": "1"}]', "[procedures[0]]: 'name' is missing; add it"),
        ('[{"code": "1", "nam": {"vi": "x"}}]', "unknown setting 'nam'; did you mean 'name'?"),
        ("[7]", "[procedures]: 0 = 7: "),
        ("7", "must be a list of procedures"),
        ("[" * 5_000, "not valid JSON"),
        ("{", "not valid JSON"),
    ],
    ids=["missing", "unknown", "number in it", "number", "brackets", "torn"],
)
def test_mistakes_in_the_procedures_are_sentences_with_their_place(tmp_path: Path, text: str, sentence: str) -> None:
    office = (ROOT / "config" / "demo" / "office.toml").read_text(encoding="utf-8")
    beside = written(tmp_path, text, "procedures.json")
    with pytest.raises(ConfigError) as caught:
        load_office(written(tmp_path, office, "office.toml"))
    assert all(mistake.startswith(f"{beside}: ") for mistake in caught.value.mistakes)
    assert sentence in str(caught.value) and "validation error" not in str(caught.value)


@pytest.mark.parametrize("program", ["server.app", "kiosk.app", "counter.app", "display.app"])
def test_a_wrong_file_ends_every_program_with_code_78(tmp_path: Path, program: str) -> None:
    path = written(tmp_path, "[machine]\nstat = 1\n")
    ran = subprocess.run(
        [sys.executable, "-m", program, "--config", str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=tmp_path,
    )
    assert ran.returncode == EX_CONFIG
    assert "did you mean 'state'?" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_office_with_unknown_services_names_them_all(tmp_path: Path) -> None:
    text = (
        'id = "x"\nname = {vi = "X"}\n[hours]\nmon = ["07:30-11:30"]\n'
        '[[services]]\nid = "HT"\nprefix = "A"\nname = {vi = "Hộ tịch"}\n'
        '[[counters]]\nid = "c1"\nlabel = "1"\nservices = ["HT", "ZZ"]\nclerk = "nobody"\n'
    )
    with pytest.raises(ConfigError) as caught:
        load_office(written(tmp_path, text, "office.toml"))
    assert "unknown service 'ZZ'" in str(caught.value) and "unknown clerk 'nobody'" in str(caught.value)


def test_a_synonym_that_stands_twice_in_a_procedure_stops_the_start(tmp_path: Path) -> None:
    procedures = json.loads((ROOT / "config" / "demo" / "procedures.json").read_text(encoding="utf-8"))
    procedures[0]["synonyms"] += ["tờ giấy", unicodedata.normalize("NFD", "Tờ giấy")]
    written(tmp_path, json.dumps(procedures), "procedures.json")
    path = written(tmp_path, (ROOT / "config" / "demo" / "office.toml").read_text(encoding="utf-8"), "office.toml")
    with pytest.raises(ConfigError, match="'Tờ giấy' is there twice"):
        load_office(path)


def test_a_mistake_about_a_whole_office_is_one_sentence_without_the_office(tmp_path: Path) -> None:
    text = (ROOT / "config" / "demo" / "office.toml").read_text(encoding="utf-8")
    written(tmp_path, (ROOT / "config" / "demo" / "procedures.json").read_text(encoding="utf-8"), "procedures.json")
    path = written(tmp_path, text.replace('services = ["', 'services = ["ZZ", "', 1), "office.toml")
    with pytest.raises(ConfigError) as caught:
        load_office(path)
    assert caught.value.mistakes == (f"{path}: top of the file: counter 'c1': unknown service 'ZZ'",)


def test_a_demonstrations_clock_runs_at_its_speed_while_timeouts_stay_real(tmp_path: Path) -> None:
    path = tmp_path / "pace.json"
    write_demo_clock(path, wall_ms=1_000_000, ran_ms=500_000, boot_ms=10_000, speed=10)
    boot_ns = 12_000 * 1_000_000
    clock = Clock(lambda: 0, lambda: boot_ns, "boot", DemoClock(path))
    now = clock.now()
    assert (now.wall_ms, now.boot_ms, now.mono_s) == (1_020_000, 520_000, 12.0)
    write_demo_clock(path, wall_ms=now.wall_ms, ran_ms=now.boot_ms, boot_ms=12_000, speed=1)
    boot_ns += 3_000 * 1_000_000
    again = Clock(lambda: 0, lambda: boot_ns, "boot", clock.demo).now()
    assert (again.wall_ms, again.boot_ms) == (1_023_000, 523_000)


def test_a_thread_that_reads_a_changed_clock_beside_another_gets_no_old_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "pace.json", clock_module.read_demo_clock
    write_demo_clock(path, wall_ms=1_000, ran_ms=0, boot_ms=0, speed=0)
    demo = DemoClock(path)
    times = [demo.times_at(0)]
    write_demo_clock(path, wall_ms=2_000, ran_ms=1_000, boot_ms=0, speed=0)

    def asked_meanwhile(path: Path) -> DemoClockBase | None:
        monkeypatch.setattr(clock_module, "read_demo_clock", read)
        times.append(demo.times_at(0))
        return read(path)

    monkeypatch.setattr(clock_module, "read_demo_clock", asked_meanwhile)
    times.append(demo.times_at(0))
    assert times == [(1_000, 0), (2_000, 1_000), (2_000, 1_000)]


@pytest.mark.parametrize("spoilt", ["", "7", '{"wall_ms": Infinity}', "[" * 100_000, None], ids=range(5))
def test_a_demonstrations_clock_with_a_damaged_file_keeps_running_and_is_logged_once(
    tmp_path: Path, spoilt: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "pace.json"
    write_demo_clock(path, wall_ms=1_000_000, ran_ms=500_000, boot_ms=10_000, speed=10)
    clock = Clock(lambda: 0, lambda: 12_000 * 1_000_000, "boot", DemoClock(path))
    before = clock.now()
    if spoilt is None:
        path.unlink()
    else:
        path.write_text(spoilt, encoding="utf-8")
    assert clock.now() == clock.now() == before
    assert len(caplog.records) == 1
    with pytest.raises(ValueError, match="holds no demonstration's clock"):
        DemoClock(path).times_at(0)


def test_an_unknown_language_reads_as_vietnamese_and_a_known_one_is_translated() -> None:
    assert words("rad")("kiosk", "Quay lại") == "Quay lại"
    assert words("en")("kiosk", "Quay lại") == "Back"
    assert words("en").pick({"vi": "Hộ tịch"}) == "Hộ tịch"
