"""Which revision a plan is made from, and whether that makes it a trial."""

from __future__ import annotations

from ...domain.errors import ConflictError, IllegalTransitionError, InvalidRequestError
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision, RevisionStatus
from ...domain.plans.version import PlanVersion, Provenance
from ...domain.shared.ids import Label, label_reference
from ..unit_of_work import UnitOfWork

_ON_ITS_WAY = frozenset({RevisionStatus.DRAFT, RevisionStatus.SUBMITTED})


async def revision_to_plan_from(uow: UnitOfWork, reference: str, *, trial: bool) -> tuple[InputSet, InputRevision]:
    """The revision that ``LABEL`` or ``LABEL@N`` means for a new plan.

    Without ``trial`` it is what is live, which ``LABEL@N`` may name as well.  A trial names a draft or submitted
    revision by its number.

    Raises:
        NotFoundError: no such label or revision.
        InputSetMissingError: nothing is live.
        InvalidRequestError: a trial without a number.
        IllegalTransitionError: the revision is not one that may be planned from in this way.
        IntegrityError: what is live is not what was approved.
    """
    wanted, number = label_reference(reference)
    input_set = await uow.input_sets.get(wanted)
    if not trial:
        live = input_set.live_revision
        if number not in {None, live.number}:
            named = input_set.revision(number or 0)
            trial_of = (
                f", or make a trial: --trial --input-set {named.reference}" if named.status in _ON_ITS_WAY else ""
            )
            raise IllegalTransitionError(
                f"{named.reference} is {named.status}; plans are made from {live.reference}, which is live.",
                remedy=f"Leave out the number{trial_of}.",
            )
        return input_set, input_set.signed(live)
    if number is None:
        raise InvalidRequestError(
            "A trial needs the number of a revision.", remedy=f"Write {wanted}@NUMBER with --trial."
        )
    revision = input_set.revision(number)
    if revision.status not in _ON_ITS_WAY:
        raise IllegalTransitionError(
            f"{revision.reference} is {revision.status}; a trial runs a draft or submitted revision.",
            remedy="Leave out --trial to plan from what is live.",
        )
    return input_set, revision


async def revision_registered_from(uow: UnitOfWork, reference: str, *, trial: bool) -> tuple[InputSet, InputRevision]:
    """The revision that a plan made elsewhere says it was made from.

    It may be any that was live once; one that never was needs ``trial``.

    Raises:
        NotFoundError: no such label or revision.
        InputSetMissingError: a label alone, and nothing is live.
        IllegalTransitionError: it was never approved and the plan is not marked as a trial.
        IntegrityError: it is not what was approved.
    """
    wanted, number = label_reference(reference)
    input_set = await uow.input_sets.get(wanted)
    revision = input_set.live_revision if number is None else input_set.revision(number)
    if trial:
        return input_set, revision
    if not input_set.was_live(revision.number):
        raise IllegalTransitionError(
            f"{revision.reference} is {revision.status} and was never approved.",
            remedy="Have it approved first, or register the plan with --trial.",
        )
    return input_set, input_set.signed(revision)


async def require_inputs_kept(uow: UnitOfWork, made_from: Provenance) -> None:
    """Let a plan pass whose inputs are still there; from here to the commit nobody deletes them.

    Ask late: whoever changes the input set waits until then.

    Raises:
        ConflictError: the input set was deleted since the plan was begun.
    """
    if made_from.input_label is None:
        return
    known = await uow.input_sets.find(Label(made_from.input_label))
    numbers = () if known is None else (revision.number for revision in known.revisions)
    if made_from.input_revision not in numbers:
        raise ConflictError(
            f"{made_from.input_reference} was deleted while the plan was made.",
            remedy="Plan from inputs that are there: planvault inputs list.",
            input_set=made_from.input_reference,
        )


async def revision_planned_again_from(
    uow: UnitOfWork, base: PlanVersion, reference: str
) -> tuple[InputSet, InputRevision]:
    """The revision for a plan that is made again: the one that ``base`` was made from, or another that it is bound to.

    The base's own revision may be planned from whatever became of it.  Another one must have been live once, unless
    the base is a trial.

    Raises:
        NotFoundError: no such label or revision.
        InputSetMissingError: a label alone, and nothing is live.
        IllegalTransitionError: the other revision was never approved, or what the base was made from is not there.
    """
    if reference != base.provenance.input_reference:
        return await revision_registered_from(uow, reference, trial=base.trial)
    wanted, number = label_reference(reference)
    input_set = await uow.input_sets.get(wanted)
    revision = input_set.revision(number or 0)
    if revision.content_hash != base.provenance.input_content_hash:
        raise IllegalTransitionError(
            f"{revision.reference} holds another content than the one that {base.version_id} was made from.",
            remedy="Bind the new plan to a revision: --input-set LABEL@NUMBER.",
        )
    return input_set, revision
