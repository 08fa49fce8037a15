"""The road-fleet model keeps the contract that every model inherits."""

import numpy as np
import pytest

from mc_engine.models.road_fleet import MODEL
from tests.models.conformance import ModelConformance
from tests.models.road_fleet.cases import random_region, random_rows

# A count that closes a class, a grown first stock, neither, an observed first stock.
SEEDS = range(4)


class TestConformance(ModelConformance):
    @pytest.fixture(scope="class", params=SEEDS)
    @classmethod
    def case(cls, request):
        inputs = random_region(request.param)
        # More rows than a block of the kernel.
        return MODEL, inputs, random_rows(inputs, np.random.default_rng([request.param, 33]), 33)
