from __future__ import annotations

from brandwatch.config.query import json_schema


def test_the_schema_is_closed_and_described():
    """Every key has a description, and unknown keys are refused."""
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["brand", "names"]
    keys = (
        "brand names products owned people staff_mentions privacy values competitors exclude match languages"
        " equivalences sources"
        " alert_after retain author snippet examples"
    )
    assert list(schema["properties"]) == keys.split()
    assert all("description" in key for key in schema["properties"].values())


def test_the_schema_accepts_plain_text_for_names_and_sources():
    """The schema accepts all that the loader accepts: text or mapping."""
    properties = json_schema()["properties"]
    assert {"type": "string"} in properties["names"]["items"]["anyOf"]
    assert {"type": "string"} in properties["sources"]["items"]["anyOf"]
