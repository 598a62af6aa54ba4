"""Splits the tests on standard input with pytest-split's own classes; scripts/bench shard runs it.

In: {"names": [...], "micros": [...], "shards": [...]}. Out, by algorithm: for each number of shards
the places of the names on each shard. pytest_split 0.11.0, pytest_split/algorithms.py: an algorithm
is called with the number of groups, the items and the seconds by node id.
"""

import json
import sys

from pytest_split.algorithms import Algorithms


class Item:
    """What the algorithms look at: the node id, and the text that pytest makes of a function."""

    def __init__(self, place, name):
        self.place = place
        self.nodeid = name

    def __str__(self):
        return f"<Function {self.nodeid.rpartition('::')[2]}>"


asked = json.load(sys.stdin)
items = [Item(place, name) for place, name in enumerate(asked["names"])]
seconds = {name: micros / 1e6 for name, micros in zip(asked["names"], asked["micros"])}
answers = {}
for name, algorithm in Algorithms.__members__.items():
    groups = (algorithm.value(shards, items, seconds) for shards in asked["shards"])
    answers[name] = [[[item.place for item in one.selected] for one in group] for group in groups]
json.dump(answers, sys.stdout)
