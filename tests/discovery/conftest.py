"""Lets pytest show in what two texts differ where `rendered` compares them."""

import pytest

pytest.register_assert_rewrite("rendered")
