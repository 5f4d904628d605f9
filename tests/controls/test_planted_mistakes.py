"""The suite bites: for each mistake planted into the product, a test of its own fails.

Mistakes in how answers are kept anonymous are planted in ``tests/anonymity``, those that a killed
process shows in ``tests/durable``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.controls.planting import PLANTS

ROOT = Path(__file__).parents[2]
TELEGRAM = "tests/bot/channels/test_telegram_intake.py"
FOUND_BY = {
    "answered_before_commit": f"{TELEGRAM}::test_a_webhook_answers_only_after_the_commit",
    "retried_reminders": "tests/bot/fieldwork/test_reminders.py::"
    "test_a_call_that_may_have_arrived_is_not_made_again",
    "deferred_transactions": "tests/storage/test_database.py::"
    "test_of_480_that_read_and_then_write_at_once_none_is_lost",
    "key_in_the_backup": "tests/storage/test_backups.py::test_a_backup_holds_no_key",
    "unescaped_in_telegram": "tests/fuzz/test_cards.py::"
    "test_one_piece_for_telegram_reads_back_as_it_was",
    "unescaped_on_the_page": "tests/fuzz/test_cards.py::"
    "test_a_page_says_odd_words_and_takes_none_of_them_for_its_own",
    "formulas_in_cells": "tests/fuzz/test_files.py::test_a_table_holds_the_words_and_no_formula",
    "compared_by_prefix": f"{TELEGRAM}::test_a_webhook_lets_in_only_what_telegram_sends",
}


def run(test: str, plant: str) -> subprocess.CompletedProcess[str]:
    """Run a test with a mistake planted into the product."""
    here = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.controls.planting",
            "-p", "no:cacheprovider", "-p", "no:xdist", test,
        ],
        cwd=ROOT, env={**here, "ASSAY_PLANT": plant}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.timeout(120)
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_mistake_is_found(plant: str) -> None:
    done = run(FOUND_BY[plant], plant)

    assert (done.returncode, " failed" in done.stdout) == (1, True), done.stdout + done.stderr
