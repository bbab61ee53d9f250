import {
  encodeDefectListHeader,
  READ_DEFECT_DATA_10,
  READ_DEFECT_DATA_12,
  type ReadDefectData,
} from '../../cdb/read-defect-data.ts';
import { DEFECT_LIST_NOT_FOUND } from '../../sense/codes.ts';
import type { Command } from '../command.ts';
import { check, good } from '../result.ts';

const SHORT_BLOCK = 0;
const LONG_BLOCK = 3;

/** READ DEFECT DATA (SBC): a medium in software has no defects, in a format by blocks. */
export const readDefectData: Command<ReadDefectData> = {
  specs: [READ_DEFECT_DATA_10, READ_DEFECT_DATA_12],
  reservation: 'reads',
  needsMedium: true,
  run({ primaryList, grownList, defectListFormat, cdbLength }) {
    if (defectListFormat !== SHORT_BLOCK && defectListFormat !== LONG_BLOCK)
      return check(DEFECT_LIST_NOT_FOUND);
    const header = { primaryList, grownList, defectListFormat, defectListLength: 0 };
    return good(encodeDefectListHeader(header, cdbLength));
  },
};
