"""The steps of a run: install, go on with that, or upgrade."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from onsite import change_log
from onsite.install import setup_page
from onsite.machine import Machine
from onsite.paths import SCREEN_PROGRAMS, X11
from onsite.release import release_name
from onsite.roles import sections
from onstick.plan import BROKER_PACKAGES, TARGETS, InstallPlan, plan_of
from onstick.questions import NO, PURPOSE, SCREEN, YES, Answers, Interview, Question
from onstick.stored_answers import forget_answers, read_answers, store_answers

SCREEN_DEVICES = ("dev/dri/card*", "dev/fb0")
FIRST_USER_ID, LAST_USER_ID = 1000, 60000


class StickInstaller:
    """Sets ``machine`` up from the folder ``stick``. ``run`` runs a program; ``options``: of each installer's call."""

    def __init__(
        self,
        stick: Path,
        machine: Machine,
        interview: Interview,
        run: Callable[[Sequence[str]], int],
        options: Sequence[str],
    ) -> None:
        self._stick, self._machine, self._interview, self._run, self._options = stick, machine, interview, run, options
        self._show = machine.show

    def upgrade_or_install(self) -> int:
        """Do the next step for this machine, and say where the set-up goes on."""
        record = change_log.read_record(self._machine)
        stored = read_answers(self._machine)
        release = release_name(self._stick / "luot")
        if record is None:
            return self._install(stored)
        is_under_way = change_log.read_change(self._machine) is not None
        if is_under_way or record.release != release:
            return self._upgrade(record, release, is_under_way=is_under_way)
        if stored is not None:  # the answers are kept until everything runs
            return self._install(stored)
        self._show(f"Máy này đã cài bản {release}. Kiểm tra lại và bổ sung phần còn thiếu …")
        return self._repair(record)

    # --- the first installation

    def _answers(self, stored: Answers | None) -> Answers:
        known = {} if self._finds_no_screen() else {SCREEN.name: X11}
        if stored is not None:
            purpose = PURPOSE.choices[stored[PURPOSE.name]]
            text = f"Lần cài trước ({purpose}) chưa xong. Làm tiếp với các câu trả lời đã có?"
            question = Question("go_on", text, {YES: "Làm tiếp", NO: "Hỏi lại từ đầu"})
            if self._interview.ask(question) == YES:
                return stored
        return self._interview.answers(known)

    def _finds_no_screen(self) -> bool:
        return not any(next(self._machine.paths.root.glob(device), None) for device in SCREEN_DEVICES)

    def _install(self, stored: Answers | None) -> int:
        answers = self._answers(stored)
        plan, former = self._plan(answers), None if stored is None else self._plan(stored).settings
        purpose = PURPOSE.choices[answers[PURPOSE.name]]
        self._show(f"\nCài đặt: {purpose}. Việc này mất vài phút, không cần mạng.")
        store_answers(self._machine, answers)
        self._finish_packages()
        self._write_settings(plan.settings, former)
        self._add_packages(plan.packages)
        install = ["--role", plan.role, "--session", plan.session, "--example", plan.example]
        if self._call("install", *install, "--wheels", str(self._stick / "wheels")) != 0:
            self._show("\nChưa cài xong; lý do ở các dòng trên. Sửa xong thì chạy lại cai-dat, việc cài đặt làm tiếp.")
            return 1
        return self._start()

    def _plan(self, answers: Answers) -> InstallPlan:
        example = self._stick / "luot/config/examples" / f"{TARGETS[answers[PURPOSE.name]].example}.toml"
        return plan_of(answers, example.read_text(encoding="utf-8"))

    def _write_settings(self, settings: str, former: str | None) -> None:
        """Write the machine's file. A file stays, unless it is ``former``, that of earlier answers."""
        path = self._machine.paths.settings
        if not path.exists() or path.read_text(encoding="utf-8") in (settings, former):
            self._machine.write(path, settings)
        else:
            self._show("Giữ nguyên tệp /etc/luot/hall.toml đã có trên máy.")

    def _finish_packages(self) -> None:
        """Let dpkg finish packages whose installation was cut off, for example by a power cut."""
        if self._machine.paths.root == Path("/"):
            self._machine.run("dpkg", "--configure", "-a", failure="Các gói Debian đang cài dở chưa hoàn tất được")

    def _add_packages(self, names: Sequence[str]) -> None:
        """Install packages that no role names. The server starts a Mosquitto of its own."""
        if not names or self._machine.paths.root != Path("/"):
            return
        self._machine.run("apt-get", "update", "-qq", failure="Không đọc được các gói Debian trên USB")
        self._machine.run(
            "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends",
            *names, failure="Không cài được các gói Debian trên USB",
        )  # fmt: skip
        if set(BROKER_PACKAGES) & set(names):
            self._machine.run_systemctl("disable", "--now", "mosquitto.service")

    # --- an installed machine

    def _repair(self, record: change_log.Record) -> int:
        self._finish_packages()
        again = ["--role", record.role, "--session", record.session, "--wheels", str(self._stick / "wheels")]
        return self._start() if self._call("install", *again) == 0 else 1

    def _upgrade(self, record: change_log.Record, release: str, *, is_under_way: bool) -> int:
        is_older = _version(release) < _version(record.release)
        choices = {YES: "Nâng cấp", NO: "Không, giữ bản đang chạy"}
        if is_older:
            choices = {NO: "Không, giữ bản đang chạy", YES: "Chuyển về bản cũ hơn trên USB"}
        note = " Bản trên USB CŨ HƠN bản đang chạy." if is_older else ""
        text = f"Máy này đang chạy bản {record.release}; USB có bản {release}.{note} Nâng cấp?"
        if not is_under_way and self._interview.ask(Question("upgrade", text, choices)) == NO:
            self._show("Giữ nguyên bản đang chạy.")
            return 0
        self._finish_packages()
        code = self._call("upgrade", "--wheels", str(self._stick / "wheels"))
        if code == 0:
            self._show("\nĐã chạy bản trên USB. Quay về bản trước: luot-site roll-back")
        else:
            self._show("\nChưa nâng cấp; bản trước vẫn chạy. Lý do ở các dòng trên.")
        return code

    # --- the end

    def _call(self, command: str, *options: str) -> int:
        return self._run(["sh", str(self._stick / "luot/packaging/install"), command, *options, *self._options])

    def _start(self) -> int:
        if self._machine.dry_run:
            self._show("\nĐây chỉ là xem trước; máy này chưa bị thay đổi gì.")
            return 0
        if self._call("start") != 0:
            self._show("\nĐã cài, nhưng chưa chạy được hết; lý do ở các dòng trên. Sửa xong thì gõ: luot-site start")
            return 1
        forget_answers(self._machine)
        for line in closing_lines(self._machine.paths.settings, *_reachable_at()):
            self._show(line)
        return 0


def closing_lines(settings: Path, user: str, address: str) -> list[str]:
    """Return the sentences on where the set-up goes on."""
    file_sections = sections(settings)
    if "server" not in file_sections:
        has_screen = any(program in file_sections for program in SCREEN_PROGRAMS)
        shown = "trên màn hình của máy này" if has_screen else "trên bảng số, và trong nhật ký của máy này"
        return [
            "\nĐÃ CÀI XONG. Máy này chờ được đăng ký với máy chủ.",
            f"Mã đăng ký (8 chữ số) hiện {shown}.",
            "Người quản trị mở trang Thiết bị của máy chủ, bấm Nhập mã và gõ mã đó.",
        ]
    page = setup_page(file_sections)
    port = page.removesuffix("/setup").rpartition(":")[2]
    kiosk = "trên màn hình ki-ốt, hoặc " if _draws_kiosk(file_sections) else ""
    return [
        f"\nĐÃ CÀI XONG. Trang cần mở, chỉ từ chính máy này: {page}",
        f"Từ máy khác cùng mạng: gõ  ssh -L {port}:127.0.0.1:{port} {user}@{address}  rồi mở trang trên ở máy đó.",
        f'Mã thiết lập ở {kiosk}dòng cuối của lệnh: journalctl -u luot-server -g "set-up code"',
        "Hướng dẫn: tai-lieu/vi/lan-dau.html trên USB.",
    ]


def _draws_kiosk(file_sections: Mapping[str, object]) -> bool:
    kiosk = file_sections.get("kiosk")
    screen = kiosk.get("screen") if isinstance(kiosk, dict) else None
    return isinstance(screen, dict) and screen.get("fitted", True) is not False


def _version(release: str) -> tuple[int, ...]:
    """Return the numbers of a release's version, such as (0, 2, 0)."""
    return tuple(int(part) for part in release.partition("-")[0].split(".") if part.isdecimal())


def _reachable_at() -> tuple[str, str]:
    """Return a user and the address of this machine, or words for them."""
    user, address = "TÊN-NGƯỜI-DÙNG", "ĐỊA-CHỈ-MÁY-NÀY"
    for line in Path("/etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, user_id, *_ = line.split(":")
        if FIRST_USER_ID <= int(user_id) < LAST_USER_ID:
            user = name
            break
    try:
        listed = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        listed = []
    return user, next((text for text in listed if "." in text), address)
