"""Dataclasses as plain values: what is kept of each field, and what becomes of it when it is read."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import pytest

from swiftcache.platform.codec import Codec


class Colour(StrEnum):
    RED = "RED"


@dataclass(frozen=True)
class Wheel:
    size: int


@dataclass(frozen=True)
class Car:
    number_of_doors: int
    colour: Colour
    owner: str | None
    spare: Wheel | None = None
    name: str = ""
    tags: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()


def test_a_field_is_kept_under_its_name_as_json_spells_it() -> None:
    assert Codec(Car).encode(Car(4, Colour.RED, "anna"))["numberOfDoors"] == 4


def test_an_enumeration_is_kept_by_its_value_and_a_dataclass_as_a_map() -> None:
    kept = Codec(Car).encode(Car(4, Colour.RED, "anna", Wheel(15)))
    assert (kept["colour"], kept["spare"]) == ("RED", {"size": 15})


def test_what_is_kept_is_read_as_it_was() -> None:
    car = Car(4, Colour.RED, "anna", Wheel(15), "x", ("a", "b"), frozenset({"c"}))
    assert Codec(Car).decode(Codec(Car).encode(car)) == car


def test_numbers_come_back_as_whole_ones() -> None:
    found = Codec(Wheel).decode({"size": Decimal(15)})
    assert (found, type(found.size)) == (Wheel(15), int)


def test_none_is_not_kept_and_comes_back_without_a_default_too() -> None:
    kept = Codec(Car).encode(Car(4, Colour.RED, None))
    assert not {"owner", "spare"} & set(kept)
    assert Codec(Car).decode(kept).owner is None


def test_a_value_that_says_no_more_than_the_default_can_be_left_out() -> None:
    codec = Codec(Car, left_out={"name": ""})
    assert "name" not in codec.encode(Car(4, Colour.RED, "anna"))
    assert codec.decode(codec.encode(Car(4, Colour.RED, "anna"))).name == ""


def test_a_field_that_was_renamed_is_kept_under_its_old_name() -> None:
    codec = Codec(Wheel, names={"size": "inches"})
    assert codec.encode(Wheel(15)) == {"inches": 15}
    assert codec.decode({"inches": 15}) == Wheel(15)


def test_an_attribute_that_is_no_field_is_passed_over() -> None:
    assert Codec(Wheel).decode({"size": 15, "fleet": "FLEET"}) == Wheel(15)


def test_a_field_that_must_be_there_is_missed() -> None:
    with pytest.raises(TypeError, match="size"):
        Codec(Wheel).decode({})


def test_a_type_that_it_cannot_keep_is_named_at_the_first_use() -> None:
    @dataclass(frozen=True)
    class Odd:
        thing: complex = field(default=0j)

    with pytest.raises(TypeError, match=r"Odd\.thing is kept"):
        Codec(Odd).encode(Odd())


def test_a_part_says_how_a_type_is_kept() -> None:
    class Text:
        def encode(self, wheel: Wheel) -> str:
            return f"{wheel.size} inches"

        def decode(self, kept: str) -> Wheel:
            return Wheel(int(kept.split()[0]))

    codec = Codec(Car, parts={Wheel: Text()})
    car = Car(4, Colour.RED, "anna", Wheel(15))
    assert codec.encode(car)["spare"] == "15 inches"
    assert codec.decode(codec.encode(car)) == car
