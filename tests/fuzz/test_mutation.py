"""The mutations of JSON."""

import json

from tests.fuzz.mutation import mutated


def test_mutation_is_json_again_differs_and_follows_its_seed():
    data = b'{"a":[1,{"b":"c"}],"d":null}\n{"e":2}\n{"f":3}'
    made = [mutated(data, seed) for seed in range(40)]
    assert made == [mutated(data, seed) for seed in range(40)]
    assert len(set(made)) > 20
    for each in made:
        assert all(isinstance(json.loads(line), dict) for line in each.split(b"\n"))


def test_what_is_not_json_is_left_to_the_fuzzer():
    assert mutated(b"{", 1) is None
