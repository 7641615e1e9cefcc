"""The only place that touches git: the user's repository, an operation's work tree, its commits and their trailers.

Never pushes, never runs hooks, never changes the user's own tree, index or branches other than `op/<operation>`.
"""

from __future__ import annotations

from op_pipeline.repo.checkout import Checkout, changed_paths, message_of, open_checkout, trailers_of
from op_pipeline.repo.clone import clone_at
from op_pipeline.repo.gitcmd import Git, GitError
from op_pipeline.repo.ledger import Record, format_message, read_ledger
from op_pipeline.repo.preflight import Repository, open_repository
from op_pipeline.repo.scope import Change, Verdict, judge_changes, matches
from op_pipeline.repo.stillness import Stillness
from op_pipeline.repo.worktree import Intrusion, Worktree, branch_name, open_worktree

__all__ = [
    "Change",
    "Checkout",
    "Git",
    "GitError",
    "Intrusion",
    "Record",
    "Repository",
    "Stillness",
    "Verdict",
    "Worktree",
    "branch_name",
    "changed_paths",
    "clone_at",
    "format_message",
    "judge_changes",
    "matches",
    "message_of",
    "open_checkout",
    "open_repository",
    "open_worktree",
    "read_ledger",
    "trailers_of",
]
