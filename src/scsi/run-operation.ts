/** How a command hands its work to the background. */
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import type { Context } from './command.ts';
import { FAILED, type OperationPlan } from './operation-plan.ts';
import { check, GOOD, type Result } from './result.ts';

/**
 * Begins a background operation. With IMMED the answer is GOOD as soon as it has begun (and the unit
 * store has it); without, it comes at its end. Should the task be aborted, the operation goes on.
 */
export function runOperation(
  plan: OperationPlan,
  immed: boolean,
  context: Context,
): MaybePromise<Result> {
  const { operation } = context.unit;
  return andThen(operation.begin(plan, context.nexus), (work) => {
    if (immed) return GOOD;
    return andThen(operation.ended(work, context), (well) =>
      well ? GOOD : check(FAILED[plan.kind]),
    );
  });
}
