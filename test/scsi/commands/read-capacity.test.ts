import { describe, expect, it } from 'vitest';
import { be, bench, good, memory, refusal } from '../disk-under-test.ts';

const TEN = '25 00 00000000 0000 00 00';
const sixteen = (length = 32): string => `9e 10 0000000000000000 ${be(length, 4)} 00 00`;
const zeros = (count: number): string => '00'.repeat(count);

describe('READ CAPACITY(10)', () => {
  it('gives the last LBA and the block length', () => {
    expect(bench().send(TEN)).toEqual(good('000007ff 00000200'));
  });

  it.each([
    [2 ** 32 - 1, 'fffffffe'],
    [2 ** 32, 'ffffffff'],
    [2 ** 32 + 1, 'ffffffff'],
    [2 ** 53 - 1, 'ffffffff'],
  ])('of a disk of %d blocks gives %s', (blocks, lba) => {
    expect(bench({ backend: memory(blocks) }).send(TEN)).toEqual(good(`${lba} 00000200`));
  });

  it('ignores the obsolete LBA and PMI', () => {
    expect(bench().send('25 01 12345678 0000 01 00')).toEqual(good('000007ff 00000200'));
  });

  it('is refused without a medium', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(TEN)).toEqual(refusal('2/3a/00'));
  });
});

describe('READ CAPACITY(16)', () => {
  it('of a thin disk: LBPME and LBPRZ', () => {
    expect(bench().send(sixteen())).toEqual(
      good(`00000000000007ff 00000200 00 00 c000 ${zeros(16)}`),
    );
  });

  it('of a fully provisioned disk', () => {
    const answer = good(`00000000000007ff 00000200 00 00 0000 ${zeros(16)}`);
    expect(bench({ thin: false }).send(sixteen())).toEqual(answer);
  });

  it('of physical blocks of 4096 bytes, the first at LBA 7', () => {
    const options = { physicalBlockLength: 4096, lowestAlignedLba: 7, thin: false };
    const answer = good(`00000000000007ff 00000200 00 03 0007 ${zeros(16)}`);
    expect(bench(options).send(sixteen())).toEqual(answer);
  });

  it('has room for the highest LOWEST ALIGNED LBA beside LBPME and LBPRZ', () => {
    const { data } = bench({ lowestAlignedLba: 0x3fff }).send(sixteen());
    expect(data.subarray(14, 16)).toEqual(Uint8Array.of(0xff, 0xff));
  });

  it('of the largest disk of 64 KiB blocks', () => {
    const answer = `001ffffffffffffe 00010000 00 00 c000 ${zeros(16)}`;
    const backend = memory(2 ** 53 - 1, 65_536);
    expect(bench({ backend }).send(sixteen())).toEqual(good(answer));
  });

  it('is cut to every allocation length', () => {
    const { send } = bench();
    const whole = send(sixteen()).data;
    for (let length = 0; length <= 32; length++)
      expect(send(sixteen(length))).toEqual(good(whole.subarray(0, length)));
  });

  it('is 32 bytes however much is allowed', () => {
    expect(bench().send(sixteen(0xffff_ffff)).data.length).toBe(32);
  });

  it('ignores the obsolete LBA and PMI', () => {
    expect(bench().send('9e 10 ffffffffffffffff 00000020 01 00').status).toBe(0);
  });

  it('refuses another reserved bit with a field pointer that is not 1', () => {
    const answer = bench().send('9e 10 0000000000000000 00000020 02 00');
    expect(answer).toEqual(refusal('5/24/00', { cdb: [14, 1] }));
  });

  it('is refused without a medium', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(sixteen())).toEqual(refusal('2/3a/00'));
  });
});
