"""Bodies that routes take. Unknown fields are refused; texts are not turned into numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ...application.access.manage_tokens import LONGEST_LIFE_DAYS
from ...domain.access.actor import Role
from ...domain.plans.stage import PlanStage
from .parameters import HIGHEST_ID

_ENGINE_TEXT = 200
_REVISION = 999_999_999
_HEADS = 10_000
RoleName = Annotated[Role, BeforeValidator(lambda name: Role(name) if isinstance(name, str) else name)]
StageName = Annotated[PlanStage, BeforeValidator(lambda name: PlanStage(name) if isinstance(name, str) else name)]
EngineText = Annotated[str, Field(max_length=_ENGINE_TEXT)]


class Body(BaseModel):
    """A JSON body."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ConfigBody(Body):
    """A config version to make."""

    name: str
    horizon_days: int | None = Field(default=None, le=HIGHEST_ID)
    attributes: dict[str, Any] = Field(default_factory=dict)


class SubmitBody(Body):
    """Which revision to submit; the candidate without one."""

    revision: int | None = Field(default=None, ge=1, le=_REVISION)
    comment: str | None = None


class ApproveBody(Body):
    """What is approved: a revision by its number and its full content hash."""

    revision: int = Field(ge=1, le=_REVISION)
    content_hash: str = Field(pattern=r"\A[0-9a-f]{64}\z", description="The full content hash, 64 hex digits.")
    comment: str | None = None


class RejectBody(Body):
    """What is rejected, and why."""

    revision: int = Field(ge=1, le=_REVISION)
    comment: str = Field(min_length=1)


class RevertBody(Body):
    """What is taken back: whatever is live, or one revision if that is what is live."""

    revision: int | None = Field(default=None, ge=1, le=_REVISION)
    comment: str | None = None


class CommentBody(Body):
    """Why."""

    comment: str | None = None


class MoveBody(Body):
    """Why a plan is moved, and as what it was looked at."""

    comment: str | None = None
    row_version: int | None = Field(default=None, ge=0, description="Refuse with 412 if the plan has another.")


class ApprovePlanBody(MoveBody):
    """What is approved: the plan digest that was looked at."""

    plan_digest: str = Field(description="The plan digest, or its first 12 or more hex digits.")


class StageBody(MoveBody):
    """The stage that a plan has come to, or the first that no longer holds: one of the two."""

    to: StageName | None = None
    invalidate_from: StageName | None = None


class BaselineBody(Body):
    """Which plan becomes the baseline."""

    version_id: str
    comment: str | None = None
    sequence: int | None = Field(
        default=None, ge=0, description="Refuse with 412 if the baseline was not changed so often before."
    )


class RollbackBody(Body):
    """Why the baseline is rolled back."""

    comment: str | None = None
    sequence: int | None = Field(default=None, ge=0, description="As for a new baseline.")


class RegisterFields(BaseModel):
    """What is said of a plan made elsewhere, as fields of an upload; ``engine_parameters`` is JSON text."""

    model_config = ConfigDict(extra="forbid")

    version_id: str
    input_set: str | None = None
    trial: bool = False
    engine_name: EngineText | None = None
    engine_version: EngineText | None = None
    engine_parameters: str = "{}"
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None


class RegisterBody(Body):
    """A plan made elsewhere with its rows, under the column names of ``plan_series``."""

    version_id: str
    input_set: str | None = None
    trial: bool = False
    engine_name: EngineText | None = None
    engine_version: EngineText | None = None
    engine_parameters: dict[str, Any] = Field(default_factory=dict)
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None
    rows: list[dict[str, Any]]


class ImportFields(BaseModel):
    """Under which label and config version uploaded files belong."""

    model_config = ConfigDict(extra="forbid")

    label: str
    config_version_id: int | None = Field(default=None, ge=1, le=HIGHEST_ID)
    new_config: str | None = None
    new_config_version_id: int | None = Field(
        default=None, ge=1, le=HIGHEST_ID, description="A config version that is made if there is none of that id."
    )
    title: str | None = None
    comment: str | None = None
    apply_mode: Literal["replace", "merge"] = "replace"
    base_revision: int | None = Field(
        default=None, ge=1, le=_REVISION, description="The revision that was seen; another one is refused."
    )
    validate_only: bool = False
    allow_empty: bool = False
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp932", "shift_jis"] | None = Field(
        default=None, description="The encoding of every file; without it each one's is found."
    )


class ImportBody(ImportFields):
    """A set of inputs as one JSON document, with what is said about uploaded files."""

    inputs: dict[str, Any] = Field(description="The document of docs/reference/input-files.md.")


class RerunBody(Body):
    """The id of the new version, and why it is made."""

    version_id: str | None = None
    comment: str | None = None


class TokenBody(Body):
    """A token to issue."""

    name: str
    roles: list[RoleName] = Field(min_length=1)
    days: int = Field(default=LONGEST_LIFE_DAYS, ge=1, le=LONGEST_LIFE_DAYS)


class VerifyBody(Body):
    """Heads that were written down earlier."""

    expected_heads: list[str] = Field(
        default_factory=list,
        max_length=_HEADS,
        description="Each STREAM:SEQUENCE:HASH or checkpoint:NUMBER:HASH.",
    )


class CheckpointBody(Body):
    """Why a checkpoint is taken."""

    reason: str | None = None
