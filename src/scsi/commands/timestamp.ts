import {
  decodeTimestampList,
  encodeTimestampData,
  REPORT_TIMESTAMP_12,
  SET_TIMESTAMP_12,
  TIMESTAMP_LENGTH,
  type ReportTimestamp,
  type SetTimestamp,
} from '../../cdb/timestamp.ts';
import { andThen } from '../../maybe-promise.ts';
import {
  INVALID_FIELD_IN_CDB,
  PARAMETER_LIST_LENGTH_ERROR,
  TIMESTAMP_CHANGED,
} from '../../sense/codes.ts';
import { invalidListField, reservedListByte, type Command } from '../command.ts';
import { check, good, GOOD } from '../result.ts';

/** A first byte over F0h is reserved. */
const LARGEST = 0xf0ff_ffff_ffff;
const RESERVED = [0, 1, 2, 3, 10, 11];

/** REPORT TIMESTAMP (SPC). */
export const reportTimestamp: Command<ReportTimestamp> = {
  specs: [REPORT_TIMESTAMP_12],
  reservation: 'allowed',
  passesAccessState: 'standby',
  run: (_, { unit }) => good(encodeTimestampData(unit.deviceClock.read())),
};

/** SET TIMESTAMP (SPC): refused while SCSIP is zero. The other initiators are told. */
export const setTimestamp: Command<SetTimestamp> = {
  specs: [SET_TIMESTAMP_12],
  reservation: 'writes',
  passesAccessState: 'standby',
  run({ parameterListLength }, context) {
    const { unit, nexus } = context;
    if (!unit.mode.controlExtension.scsiPrecedence)
      return check(INVALID_FIELD_IN_CDB, { fieldPointer: { in: 'cdb', byte: 1, bit: 4 } });
    if (parameterListLength === 0) return GOOD;
    if (parameterListLength < TIMESTAMP_LENGTH) return check(PARAMETER_LIST_LENGTH_ERROR);
    return andThen(context.dataOut(TIMESTAMP_LENGTH), (bytes) => {
      const timestamp = decodeTimestampList(bytes);
      if (timestamp === undefined) return check(PARAMETER_LIST_LENGTH_ERROR);
      const refused = reservedListByte(context, bytes, RESERVED);
      if (refused !== undefined) return refused;
      if (timestamp > LARGEST) return invalidListField(4);
      unit.deviceClock.set(timestamp);
      unit.establish(TIMESTAMP_CHANGED, (other) => other !== nexus);
      return GOOD;
    });
  },
};
