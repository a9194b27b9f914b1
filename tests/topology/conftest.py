"""The trees under ``cases`` are input, not tests."""

collect_ignore = ["cases"]
