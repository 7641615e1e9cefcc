"""What was looked for and what was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Finding:
    """One thing. `detail` says what is here, or why it does not count; `remedy` how to get it, in a line.

    `needed`: no operation can be made on the default target without it.
    """

    name: str
    found: bool
    detail: str
    allows: str
    remedy: str
    needed: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All findings, those that are needed first."""

    findings: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What is needed and not here."""
        return tuple(finding for finding in self.findings if finding.needed and not finding.found)

    def __getitem__(self, name: str) -> Finding:
        return next(finding for finding in self.findings if finding.name == name)

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {"v": 1, "ok": not self.missing, "findings": [asdict(finding) for finding in self.findings]}
