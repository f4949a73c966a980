"""Replace or remove a person's signing key in the text of a policy.yaml.

Comments, order and layout of everything else stay as they were typed. The new text is parsed again, and must equal the
old document except for that key.
"""

from __future__ import annotations

from typing import Any

from fenji.errors import Refused
from fenji.storage import yaml_codec, yaml_writer
from fenji.storage.yaml_places import YamlPlaces, find_entry, is_block


def set_key(data: bytes, path: str, person: str, key: str) -> bytes:
    """Return the policy with `key` in place of a person's present signing key; `""` removes the key.

    Raises KeyError for a person without a key, Damaged for a file that cannot be read, Refused if its layout does not
    allow the change without losing a comment.
    """
    places = YamlPlaces.read(data, path)
    people = find_entry(places.root, "people")
    own = find_entry(people[1], person) if people else None
    entry = find_entry(own[1], "key") if own else None
    if not own or not entry:
        raise KeyError(person)
    start, end = (_find_value if key else _find_whole)(places, own[1], entry)
    is_plain = is_block(own[1]) and key
    text = yaml_writer.render_scalar(key) if is_plain else f'"{key}"' if key else ""
    changed = places.text[:start] + text + places.text[end:]
    document = yaml_codec.load(data, path)
    _set(document, person, key)
    result = places.with_text(changed, path).data
    if "#" in places.text[start:end] or yaml_codec.load(result, path) != document:
        raise Refused(
            "{path} is laid out so that the key of {person} cannot be changed in place.",
            hint="Change `key` under people in policy.yaml by hand.",
            path=path,
            person=person,
        )
    return result


def _find_value(places: YamlPlaces, _: Any, entry: tuple[Any, Any]) -> tuple[int, int]:
    return entry[1].start_mark.index, places.end_of(entry[1])


def _find_whole(places: YamlPlaces, own: Any, entry: tuple[Any, Any]) -> tuple[int, int]:
    """Return the range of the key and its value, with the line or the comma that belongs to them."""
    start, end = entry[0].start_mark.index, places.end_of(entry[1])
    if is_block(own):
        return places.line_start(start), places.next_line(end)
    number = [key for key, _ in own.value].index(entry[0])
    if number:
        return places.end_of(own.value[number - 1][1]), end
    return start, own.value[1][0].start_mark.index if len(own.value) > 1 else end


def _set(document: Any, person: str, key: str) -> None:
    if key:
        document["people"][person]["key"] = key
    else:
        del document["people"][person]["key"]
