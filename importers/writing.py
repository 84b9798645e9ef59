"""One batch written: staged, decided, stored, logged and counted in one transaction with the checkpoint."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

import asyncpg

from importers.actions.action import Action
from importers.explaining import Explanations
from importers.faults import Code, Fault
from importers.preparing import Prepared
from importers.rights import viewer_of_run
from importers.runs import LETTERS, Totals, advance, keep
from importers.stage import FAULTS, LOG, NOTE, Stage
from models.imports import ImportResult

# What another transaction caused, and is gone when the batch is tried again: a new client that a second import added, too, say.
PASSING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError, asyncpg.UniqueViolationError)
TRIES = 5
# What a record caused that no check foresaw.
REFUSALS = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.ProgramLimitExceededError)

ERROR_COLUMNS = ("import_run_id", "record", "ordinal", "line", "column", "code", "message", "cells", "warning")
# In the order of Totals.
RESULTS = (ImportResult.ADDED, ImportResult.UPDATED, ImportResult.SKIPPED, ImportResult.ERRORED)


@dataclass(frozen=True)
class Writer:
    """Writes the batches of one run."""

    stage: Stage
    action: Action
    explanations: Explanations

    async def write(self, batch: Prepared) -> Totals:
        """Writes a batch and moves the checkpoint, wholly or not at all."""
        for attempt in range(TRIES):
            try:
                async with self.stage.connection.transaction():
                    await self._confirm()
                    totals = await self._write_part(batch) if batch.staged else Totals()
                    await advance(self.stage.connection, self.stage.claim, totals, batch.end)
                    return totals
            except PASSING:
                await asyncio.sleep(0.01 * 2**attempt)
            except REFUSALS:
                break
        async with self.stage.connection.transaction():
            # Nothing that another writes for the run may look like a refusal.
            await keep(self.stage.connection, self.stage.claim)
            await self._confirm()
            totals = await self._write_by_halves(batch)
            await advance(self.stage.connection, self.stage.claim, totals, batch.end)
            return totals

    async def _confirm(self) -> None:
        await viewer_of_run(self.stage.connection, self.stage.claim, self.action.permission)

    async def _write_by_halves(self, batch: Prepared) -> Totals:
        """Narrows a refusal down to the records that cause it, which become errors."""
        try:
            async with self.stage.connection.transaction():  # a savepoint
                await self.stage.clear()
                return await self._write_part(batch)
        except REFUSALS as refusal:
            if len(batch.staged) == 1:
                return await self._write_refused(batch, refusal)
        middle = len(batch.staged) // 2
        return await self._write_by_halves(batch.part(0, middle)) + await self._write_by_halves(batch.part(middle, len(batch.staged)))

    async def _write_refused(self, record: Prepared, refusal: Exception) -> Totals:
        rule = getattr(refusal, "constraint_name", None) or type(refusal).__name__.removesuffix("Error")
        fault = Fault(Code.INVALID_TEXT, f"The database refuses the record by its rule {rule}; compare it with records that were taken.")
        number, key, _, again, *values = record.staged[0]
        await self.stage.clear()
        return await self._write_part(replace(record, staged=[(number, key, True, again, *values)], faults={record.first: [fault]}))

    async def _write_part(self, part: Prepared) -> Totals:
        stage = self.stage
        await stage.put("stage", part.staged)
        await self.action.decide(stage, part.staged)
        [log] = await stage.run(LOG, part.lines)
        results = str(log["results"])
        totals = replace(Totals(*(results.count(LETTERS[result]) for result in RESULTS)), warned=len(part.warnings))
        if totals.errored or totals.warned:
            await self._store_errors(part)
        if not stage.claim.dry_run:
            for step in self.action.steps:
                if any(letter in results for letter in step.results):
                    await stage.run(step.statement)
        await stage.run(NOTE)
        return totals

    async def _store_errors(self, part: Prepared) -> None:
        """Stores the faults of reading, behind them those of looking up, and then the warnings."""
        faults = {number: found for number in range(part.first, part.first + len(part.staged)) if (found := part.faults.get(number))}
        for row in await self.stage.run(FAULTS):
            cells = part.cells[row["record"] - part.first]
            known = faults.get(row["record"], [])
            found = [self.explanations.fault(finding, cells) for finding in row["faults"]]
            told = {(fault.code, fault.column) for fault in known}
            faults[row["record"]] = [*known, *(fault for fault in found if (fault.code, fault.column) not in told)]
        rows = _errors(self.stage.claim.run_id, part, faults)
        await self.stage.connection.copy_records_to_table("import_row_error", columns=ERROR_COLUMNS, records=rows)


def _errors(run_id: int, part: Prepared, faults: dict[int, list[Fault]]) -> Iterator[tuple[object, ...]]:
    for number in sorted(faults.keys() | part.warnings.keys()):
        index = number - part.first
        told = [*((fault, False) for fault in faults.get(number, ())), *((fault, True) for fault in part.warnings.get(number, ()))]
        for ordinal, (fault, warning) in enumerate(told):
            yield (run_id, number, ordinal, part.lines[index], fault.column, fault.code, fault.message, part.cells[index], warning)
