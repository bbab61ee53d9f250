import {
  encodeCapacity10,
  encodeCapacity16,
  READ_CAPACITY_10,
  READ_CAPACITY_16,
  type ReadCapacity10,
  type ReadCapacity16,
} from '../../cdb/read-capacity.ts';
import type { Command } from '../command.ts';
import { good } from '../result.ts';
import { unitCapacity } from '../unit-capacity.ts';

/** READ CAPACITY(10) (SBC). */
export const readCapacity10: Command<ReadCapacity10> = {
  specs: [READ_CAPACITY_10],
  reservation: 'allowed',
  passesAccessState: 'standby',
  needsMedium: true,
  keepsPowerCondition: true,
  run: (_, { unit: { medium } }) =>
    good(encodeCapacity10({ lastLba: medium.blocks - 1, blockLength: medium.blockLength })),
};

/** READ CAPACITY(16) (SBC). */
export const readCapacity16: Command<ReadCapacity16> = {
  specs: [READ_CAPACITY_16],
  reservation: 'allowed',
  passesAccessState: 'standby',
  needsMedium: true,
  keepsPowerCondition: true,
  run: (_, { unit }) => good(encodeCapacity16(unitCapacity(unit))),
};
