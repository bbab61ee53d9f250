import {
  DEFECT_LIST_FORMAT,
  encodeDefectListHeader,
  encodeDefects,
  READ_DEFECT_DATA_10,
  READ_DEFECT_DATA_12,
  type ReadDefectData,
} from '../../cdb/read-defect-data.ts';
import { DEFECT_LIST_NOT_FOUND } from '../../sense/codes.ts';
import type { Command } from '../command.ts';
import { check, good } from '../result.ts';

const { SHORT_BLOCK, LONG_BLOCK } = DEFECT_LIST_FORMAT;

/**
 * READ DEFECT DATA (SBC), in a format by blocks. A medium in software has no defects of manufacture;
 * the grown list has what REASSIGN BLOCKS named.
 */
export const readDefectData: Command<ReadDefectData> = {
  specs: [READ_DEFECT_DATA_10, READ_DEFECT_DATA_12],
  reservation: 'reads',
  needsMedium: true,
  run(request, { unit }) {
    const { primaryList, grownList, defectListFormat, cdbLength } = request;
    if (defectListFormat !== SHORT_BLOCK && defectListFormat !== LONG_BLOCK)
      return check(DEFECT_LIST_NOT_FOUND);
    const lbas = grownList ? unit.defects.grown.slice(request.addressDescriptorIndex) : [];
    const list = encodeDefects(lbas, defectListFormat);
    const header = { primaryList, grownList, defectListFormat, defectListLength: list.length };
    return good(encodeDefectListHeader(header, cdbLength), list);
  },
};
