"""Configurations: what is read, and what a wrong one is told."""

import pytest
from jsonschema import Draft202012Validator

from drift.policy import options
from drift.policy.catalog import CARDS, Card, Name
from drift.policy.options import Settings, SettingsError


def card(name: Name) -> Card:
    return next(card for card in CARDS if card.name is name)


def test_nothing_is_configured() -> None:
    assert options.read(card(Name.DESTINATION).options, {}) == Settings()


def test_what_is_configured() -> None:
    assert options.read(
        card(Name.DESTINATION_OPTIONS).options,
        {"fileFormat": "parquet", "perHourPartition": False, "exclude": ["legacy-*"]},
    ) == Settings(
        lists={"exclude": ("legacy-*",)},
        texts={"fileFormat": "parquet"},
        flags={"perHourPartition": False},
    )
    assert options.read(
        card(Name.VPC_WITHOUT_FLOW_LOG).options, {"exemptTags": {"Environment": "sandbox-*"}}
    ) == Settings(tables={"exemptTags": {"Environment": "sandbox-*"}})


@pytest.mark.parametrize(
    ("name", "config", "complaint"),
    [
        (
            Name.DESTINATION,
            {"allowedDestination": ["arn:aws:s3:::a"]},
            "allowedDestination: there is no such key; there are exclude, allowedDestinations",
        ),
        (
            Name.DESTINATION,
            {"allowedDestinations": "arn:aws:s3:::a"},
            (
                "allowedDestinations: has to be a list of globs, such as "
                '["arn:aws:s3:::acme-flow-logs*", "arn:aws:logs:*:*:log-group:/flow/*"]'
            ),
        ),
        (
            Name.FORMAT_FIELDS,
            {"requiredFields": ["srcaddr", 3]},
            (
                "requiredFields: has to be a list of names of fields, without ${}, such as "
                '["pkt-srcaddr", "pkt-dstaddr", "flow-direction"]'
            ),
        ),
        (
            # No flow log would ever have them.
            Name.FORMAT_FIELDS,
            {"requiredFields": ["${pkt-srcaddr}"], "knownFields": ["next_year"]},
            (
                "requiredFields: has to be a list of names of fields, without ${}, such as "
                '["pkt-srcaddr", "pkt-dstaddr", "flow-direction"]\n'
                "knownFields: has to be a list of names of fields, without ${}, such as "
                '["next-year"]'
            ),
        ),
        (
            Name.DESTINATION_OPTIONS,
            {"fileFormat": None},
            'fileFormat: has to be plain-text or parquet, such as "parquet"',
        ),
        (Name.MISSING, {"excludes": []}, "excludes: there is no such key; there is exclude"),
        (
            Name.DESTINATION_OPTIONS,
            {"fileFormat": "Parquet", "perHourPartition": "yes"},
            (
                'fileFormat: has to be plain-text or parquet, such as "parquet"\n'
                "perHourPartition: has to be true or false, such as true"
            ),
        ),
        (
            Name.VPC_WITHOUT_FLOW_LOG,
            {"exemptTags": ["Environment"]},
            (
                "exemptTags: has to be an object of tag keys and values, both globs, such as "
                '{"FlowLogs": "none", "Environment": "sandbox-*"}'
            ),
        ),
    ],
    ids=[
        "unknown key",
        "text for list",
        "number in list",
        "columns for names",
        "null",
        "the only key misspelt",
        "two keys",
        "list for object",
    ],
)
def test_a_wrong_one_names_the_key(name: Name, config: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError) as error:
        options.read(card(name).options, config)
    assert str(error.value) == complaint


@pytest.mark.parametrize("card", CARDS, ids=[card.name for card in CARDS])
def test_examples_fit_the_schema_and_are_followed(card: Card) -> None:
    examples = {option.name: option.example for option in card.options}
    schema = {
        "type": "object",
        "properties": {option.name: option.schema for option in card.options},
        "additionalProperties": False,
    }
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(examples)
    assert options.read(card.options, examples) != Settings()
