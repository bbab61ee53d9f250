import {
  COPY_OPERATION_ABORT_16,
  type CopyOperationAbort,
} from '../../cdb/copy-operation-abort.ts';
import { andThen } from '../../maybe-promise.ts';
import { invalidField, type Command } from '../command.ts';
import { GOOD } from '../result.ts';

/** COPY OPERATION ABORT (SPC): ends when the copy has. One that has ended already is as good. */
export const copyOperationAbort: Command<CopyOperationAbort> = {
  specs: [COPY_OPERATION_ABORT_16],
  reservation: 'writes',
  run(request, context) {
    const copy = context.unit.copies.find(context.nexus, request.listId);
    if (copy === undefined) return invalidField(context, 'listId');
    return andThen(copy.abort(), () => GOOD);
  },
};
