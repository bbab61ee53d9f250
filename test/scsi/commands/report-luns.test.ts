import { describe, expect, it } from 'vitest';
import { sbc } from '../../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../../src/scsi/logical-unit.ts';
import { be, bench, good, memory, refusal } from '../disk-under-test.ts';

const reportLuns = (select = '00', length = 0x400): string =>
  `a0 00 ${select} 000000 ${be(length, 4)} 00 00`;

const WELL_KNOWN = 'c101000000000000';

function many() {
  const it = bench();
  for (const lun of [300, 5]) it.target.luns.add(lun, new LogicalUnit(sbc, { backend: memory(8) }));
  return it;
}
const LUNS = '0000000000000000 0005000000000000 412c000000000000'; // 0, 5, and 300 in flat space

describe('REPORT LUNS', () => {
  it.each([
    ['00', `00000018 00000000 ${LUNS}`],
    ['01', `00000008 00000000 ${WELL_KNOWN}`],
    ['02', `00000020 00000000 ${WELL_KNOWN} ${LUNS}`],
  ])('with SELECT REPORT %s', (select, list) => {
    expect(many().send(reportLuns(select))).toEqual(good(list));
  });

  it.each(['03', '10', '11', '12', 'ff'])('refuses SELECT REPORT %s', (select) => {
    expect(bench().send(reportLuns(select))).toEqual(refusal('5/24/00', { cdb: [2] }));
  });

  it('is cut to every allocation length, LUN LIST LENGTH unchanged', () => {
    const { send } = many();
    const whole = good(`00000018 00000000 ${LUNS}`).data;
    for (let length = 0; length <= 32; length++)
      expect(send(reportLuns('00', length))).toEqual(good(whole.subarray(0, length)));
  });

  it('lists 16 384 units', () => {
    const { target, unit, send } = bench();
    for (let lun = 1; lun < 16_384; lun++) target.luns.add(lun, unit);
    expect(send(reportLuns('00', 0xffff_ffff)).data.length).toBe(8 + 8 * 16_384);
  });

  it('gives its answer through any unit, without a medium too', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(reportLuns())).toEqual(good('00000008 00000000 0000000000000000'));
  });
});
