"""A template reads facts and reaches nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment as Open
from jinja2 import TemplateError

from gateway.paper.sandbox import DOTS, Environment

FACTS: dict[str, Any] = {"d": {"name": "An", "keys": "chìa", "none": ""}, "l": [1, 2]}
ESCAPES = (
    "{{ d.__class__.__mro__ }}",
    "{{ d['__class__'] }}",
    "{{ d|attr('__class__') }}",
    "{{ d.name.__class__ }}",
    "{{ d.name.format(d) }}",
    "{{ d.name['format'] }}",
    "{{ d.update({}) }}",
    "{{ l.append(1) }}",
    "{{ l|map(attribute='__class__')|list }}",
    "{{ self.__init__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ joiner }}",
    "{{ namespace }}",
    "{{ range(3) }}",
    "{{ dict(a=1) }}",
    "{% include '/etc/hostname' %}",
    "{% import 'os' as os %}",
    "{% extends 'base' %}",
    "{{ 'a' * 99999999 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ '%999999999d'|format(1) }}",
    "{{ 'a'|center(999999999) }}",
)


@pytest.mark.parametrize("template", ESCAPES)
def test_the_way_out_is_shut(template: str) -> None:
    with pytest.raises((TemplateError, TypeError)):
        Environment().from_string(template).render(FACTS)


def test_the_same_ways_are_open_where_nobody_shuts_them() -> None:
    opened = Open()
    assert "object" in opened.from_string(ESCAPES[0]).render(FACTS)
    assert opened.from_string("{{ d.name.upper() }}").render(FACTS) == "AN"


def test_a_fact_named_like_a_method_is_the_fact() -> None:
    assert Environment().from_string("{{ d.keys }}").render(FACTS) == "chìa"


def test_what_is_empty_shows_dots_and_zero_shows_zero() -> None:
    template = Environment().from_string("{{ d.none }}|{{ n }}|{{ z }}|{{ f }}")
    assert template.render(FACTS, n=None, z=0, f=False) == f"{DOTS}|{DOTS}|0|False"


def test_markup_in_a_fact_is_text() -> None:
    template = Environment().from_string("{{ x }}")
    assert template.render(x="<b>&") == "&lt;b&gt;&amp;"
