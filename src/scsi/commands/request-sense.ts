import { REQUEST_SENSE_6, type RequestSense } from '../../cdb/request-sense.ts';
import { NO_SENSE } from '../../sense/codes.ts';
import { encodeSense } from '../../sense/encode.ts';
import type { Command } from '../command.ts';
import { good } from '../result.ts';

/**
 * REQUEST SENSE (SPC): a pending unit attention, which is cleared by that; else the progress of
 * FORMAT UNIT, SANITIZE or a self-test, or the failure of the first two; else what keeps the unit from its
 * medium; else an informational exception that is reported on request; else its low power condition;
 * else NO SENSE.
 * Sense data of a CHECK CONDITION came with the status.
 */
export const requestSense: Command<RequestSense> = {
  specs: [REQUEST_SENSE_6],
  reservation: 'allowed',
  passesUnitAttention: true,
  passesAccessState: 'always',
  passesOperation: 'always',
  run({ desc }, { unit, nexus }) {
    const sense =
      unit.attentions(nexus).take() ??
      unit.operation.sense ??
      unit.selfTests.sense ??
      unit.readiness.obstacle ??
      unit.exceptions.sense ??
      unit.power.sense ??
      NO_SENSE;
    return good(encodeSense(sense, desc ? 'descriptor' : 'fixed'));
  },
};
