"""The examples of the rules are data, some of them with the names of tests."""

collect_ignore_glob = ["fixtures/*"]
