"""Previews of candidates as plain fields."""

from __future__ import annotations

from typing import Any

from .difference_presentation import difference_fields
from .inputs.preview_inputs import InputPreview


def preview_fields(preview: InputPreview) -> dict[str, Any]:
    """A candidate before its approvers: what it is, what it changes, and what comes next."""
    revision, policy = preview.revision, preview.policy
    return {
        "reference": revision.reference,
        "status": str(revision.status),
        "content_hash": revision.content_hash,
        "row_counts": dict(revision.row_counts),
        "authors": list(preview.authors),
        "may_not_approve": [] if policy.allow_self_approval else list(preview.authors),
        "policy": policy.as_fields(),
        "approvals": {"given": preview.approvals, "missing": preview.approvals_missing},
        "next": preview.next_step,
        "difference": difference_fields(preview.difference),
    }
