"""The worlds one by one: the files of each, and whose desk it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from fenji.storage import yaml_codec
from worlds import bulk, damage, repositories, stories
from worlds.crowd import Crowd
from worlds.repositories import git

if TYPE_CHECKING:
    from fenji.model.policy import Policy
    from fenji.model.ticket import Ticket

PROJECT = Path(__file__).resolve().parents[2]  # itself a desk: policy.yaml and tickets/
# The instant up to which the open tickets of the project's own desk are told, a Thursday morning in Riyadh.
SHIPPED_NOW = datetime(2026, 11, 19, 9, tzinfo=timezone(timedelta(hours=3)))
WORKED_EXAMPLE = "KSA-2026-0042"
# The part of the project's own desk in the world `shipped`: every open ticket of the board's story and a small archive.
_SLICE = {
    "KSA-2024": ("0003", "0011", "0019", "0026"),
    "KSA-2025": ("0007", "0015", "0021", "0033", "0040", "0048", "0052", "0058"),
    "KSA-2026": (
        *("0042", "0060", "0061", "0078", "0101", "0123", "0140"),
        *("0171", "0185", "0187", "0189", "0190", "0192"),
    ),
    "HQ-2024": ("0113",),
    "HQ-2025": ("0027", "0066"),
    "HQ-2026": ("0018", "0039", "0057"),
    "DZA-2024": ("0004", "0009"),
    "DZA-2025": ("0006", "0013", "0020"),
    "DZA-2026": ("0005", "0011", "0016", "0031", "0033"),
}
SLICE = frozenset(f"{year}-{number}" for year, numbers in _SLICE.items() for number in numbers)
OTHER_CLONE, HUB = "hq", "hub.git"
SEED = "fenji"
Files = Mapping[str, bytes]


class CloneOwner(Struct, frozen=True):
    """The owner of a clone, and their site."""

    site: str
    person: str
    name: str

    def settings(self) -> dict[str, str]:
        return {"site": self.site, "person": self.person, "name": self.name, "email": f"{self.person}@fenji.example"}


KSA = CloneOwner("KSA", "li.wei", "李偉")
HQ = CloneOwner("HQ", "sun.yu", "孫宇")


def make_world(name: str, folder: Path, *, now: datetime) -> Path:
    """See `worlds.make`."""
    if name not in WORLDS:
        raise ValueError(f"there is no world {name}; known are {', '.join(NAMES)}")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    now = now.replace(microsecond=0)
    if name == "two_sites":
        return _create_two_sites(folder, now)
    return _create_desk(folder, WORLDS[name](now), now)


# --- the files of each world ------------------------------------------------------------------------------------


def shipped_policy() -> Policy:
    """Return the shipped policy."""
    return bulk.load_policy(_read_shipped("policy.yaml"))


def _read_shipped(path: str) -> bytes:
    return Path(PROJECT, path).read_bytes()


def _empty_world(_now: datetime) -> dict[str, bytes]:
    return {
        "policy.yaml": _read_shipped("policy.yaml"),
        ".gitignore": b"/index/\n.fenji-*\n",
        ".gitattributes": b"/tickets/** -text\n",
        "tickets/open/.gitkeep": b"",
    }


def _worked_example_world(now: datetime) -> dict[str, bytes]:
    return _empty_world(now) | {path: data for path, data in _shipped_tickets() if WORKED_EXAMPLE in path}


def _shipped_world(now: datetime) -> dict[str, bytes]:
    return _empty_world(now) | {path: data for path, data in _tickets_told_to(now) if _is_in_slice(path)}


def _whole_world(now: datetime) -> dict[str, bytes]:
    owned = {path: _read_shipped(path) for path in ("contracts.yaml", "handbook.yaml")}
    return _empty_world(now) | owned | dict(_tickets_told_to(now))


def _is_in_slice(path: str) -> bool:
    return not SLICE.isdisjoint(part.removesuffix(".yaml") for part in Path(path).parts)


def _tickets_told_to(now: datetime) -> Iterator[tuple[str, bytes]]:
    for path, data in _shipped_tickets():
        yield path, _move_to_now(path, data, now - SHIPPED_NOW)


def _shipped_tickets() -> Iterator[tuple[str, bytes]]:
    for path in sorted(Path(PROJECT, "tickets").rglob("*")):
        if path.is_file():
            yield path.relative_to(PROJECT).as_posix(), path.read_bytes()


def _move_to_now(path: str, data: bytes, delta: timedelta) -> bytes:
    """Return a file, moved by `delta` if it is an open ticket; the archive's folders and numbers carry its years."""
    if not path.startswith("tickets/open/") or not path.endswith(".yaml"):
        return data
    moved = stories.move_ticket(yaml_codec.read_ticket(data, path), delta)
    return yaml_codec.dump(stories.freeze_sla(moved, shipped_policy()))


def _bad_files_world(now: datetime) -> dict[str, bytes]:
    return (
        _empty_world(now)
        | _dump_tickets(damage.hostile_tickets(shipped_policy(), now))
        | damage.all_files(shipped_policy(), now)
    )


def _crowd_world(archived: int, opened: int, back: timedelta) -> Callable[[datetime], dict[str, bytes]]:
    def make_files(now: datetime) -> dict[str, bytes]:
        return _empty_world(now) | bulk.crowd_files(
            Crowd(archived, opened, now, SEED, back), _read_shipped("policy.yaml")
        )

    return make_files


def _dump_tickets(tickets: Iterator[Ticket]) -> dict[str, bytes]:
    return {stories.ticket_path(ticket): yaml_codec.dump(ticket) for ticket in tickets}


# --- desks ------------------------------------------------------------------------------------------------------


def _create_desk(folder: Path, files: Files, now: datetime, seat: CloneOwner = KSA) -> Path:
    for parent in {folder, *(Path(folder, path).parent for path in files)}:
        parent.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        Path(folder, path).write_bytes(data)
    repositories.init_repository(folder, **seat.settings())
    repositories.commit_all(folder, files, "desk", at=now)
    return folder


def _create_two_sites(folder: Path, now: datetime) -> Path:
    """Create the desk of KSA, and beside it the hub and the clone of HQ, all with the same content; return the desk."""
    ksa = _create_desk(folder / "ksa", _shipped_world(now), now)
    git(folder, "clone", "-q", "--bare", "--template=", "ksa", HUB)
    git(folder / HUB, "config", "receive.unpackLimit", "1")
    git(folder, "clone", "-q", "--template=", HUB, OTHER_CLONE)
    repositories.configure(folder / OTHER_CLONE, **HQ.settings())
    git(ksa, "remote", "add", "origin", str((folder / HUB).resolve()))
    git(ksa, "fetch", "-q", "origin")
    git(ksa, "branch", "-q", "--set-upstream-to=origin/main", "main")
    return ksa


WORLDS: Mapping[str, Callable[[datetime], dict[str, bytes]]] = {
    "empty": _empty_world,
    "worked_example": _worked_example_world,
    "shipped": _shipped_world,
    "whole": _whole_world,
    "busy_morning": _crowd_world(40, 60, timedelta(days=300)),
    "two_sites": _shipped_world,
    "bad_files": _bad_files_world,
    "hundreds": _crowd_world(200, 40, timedelta(days=2 * 365)),
    "thousand": _crowd_world(940, 60, timedelta(days=2 * 365)),
    "ten_thousand": _crowd_world(9_850, 150, timedelta(days=5 * 365)),
}
NAMES = tuple(WORLDS)
