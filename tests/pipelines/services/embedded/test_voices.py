"""Which voices there are; the choice by address is tested with the service."""

from pipelines.services.embedded.voices import accents, variants


def test_the_package_brings_languages_and_voices():
    assert {"en-us", "en-gb-x-rp", "de", "fr"} <= accents()
    assert {"f3", "m3", "Annie"} <= variants()
