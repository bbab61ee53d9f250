/** IMMED: a command is answered while its work goes on. */
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { Context } from './command.ts';
import { OperationBegun, resultOfFailure } from './failure.ts';
import { GOOD, type Result } from './result.ts';

/**
 * GOOD for work that has not ended yet; should it fail, the nexus is told by a deferred error (SPC).
 * Work that has ended already has its own result.
 */
export function answerAtOnce(
  work: MaybePromise<Result>,
  { unit, nexus }: Pick<Context, 'unit' | 'nexus'>,
): Result {
  if (!isPromise(work)) return work;
  void work
    .catch((error: unknown) => {
      if (!(error instanceof OperationBegun)) unit.report(error);
      return resultOfFailure(error, true);
    })
    .then(({ sense }) => {
      if (sense !== undefined) unit.attentions(nexus).establish({ ...sense, deferred: true });
    });
  return GOOD;
}
