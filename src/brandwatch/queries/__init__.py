"""Query files: YAML in, `Query` values or faults with their place out."""

from brandwatch.marked import Fault, Severity, render
from brandwatch.queries.files import Loaded, QueryFile, load, load_file
from brandwatch.queries.headers import disputed
from brandwatch.queries.lint import lint
from brandwatch.queries.schema import json_schema

__all__ = ["Fault", "Loaded", "QueryFile", "Severity", "disputed", "json_schema", "lint", "load", "load_file", "render"]
