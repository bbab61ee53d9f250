import { describe, expect, it } from 'vitest';
import { be, bench, fixedSense, good } from '../disk-under-test.ts';

const requestSense = (length = 255, desc = false): string =>
  `03 ${desc ? '01' : '00'} 0000 ${be(length, 1)} 00`;

describe('REQUEST SENSE', () => {
  it('gives NO SENSE where there is nothing to say', () => {
    expect(bench().send(requestSense())).toEqual(good(fixedSense('0/00/00')));
  });

  it('gives NO SENSE after a CHECK CONDITION: that sense data came with the status', () => {
    const { send } = bench();
    send('28 00 ffffffff 00 0001 00');
    expect(send(requestSense())).toEqual(good(fixedSense('0/00/00')));
  });

  it('follows DESC, not D_SENSE', () => {
    const { send } = bench({ descriptorSense: true });
    expect(send(requestSense())).toEqual(good(fixedSense('0/00/00')));
    expect(send(requestSense(255, true))).toEqual(good('72 00 00 00 000000 00'));
  });

  it('gives pending unit attentions one after the other', () => {
    const { send, unit, nexus } = bench();
    unit.attentions(nexus).establish({ key: 6, asc: 0x2a, ascq: 0x09 });
    unit.attentions(nexus).establish({ key: 6, asc: 0x3f, ascq: 0x0e });
    expect(send(requestSense())).toEqual(good(fixedSense('6/2a/09')));
    expect(send(requestSense())).toEqual(good(fixedSense('6/3f/0e')));
    expect(send(requestSense())).toEqual(good(fixedSense('0/00/00')));
  });

  it('says why the medium cannot be reached, as often as it is asked', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(requestSense())).toEqual(good(fixedSense('2/3a/00')));
    expect(send(requestSense())).toEqual(good(fixedSense('2/3a/00')));
  });

  it('is cut to every allocation length, ADDITIONAL SENSE LENGTH unchanged', () => {
    const { send } = bench();
    for (let length = 0; length <= 18; length++)
      expect(send(requestSense(length)).data).toEqual(fixedSense('0/00/00').subarray(0, length));
  });
});
