"""Tests of Paddock. A package of its own, so that no library's folder of the same name is taken for it."""
