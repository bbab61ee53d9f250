/** ALLOCATION LENGTH is the most that comes, never what comes: for every command that has one. */
import { describe, expect, it } from 'vitest';
import { encodeForm } from '../../src/cdb/codec.ts';
import { commandForms } from '../../src/scsi/command.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { bench, memory, type Answer } from './disk-under-test.ts';

const FORMS = commandForms(sbc)
  .filter(({ spec }) => spec.transfer === 'allocation in')
  .map((form) => [`${form.spec.op}, ${form.spec.length} bytes`, form] as const);

/** Answers of disks that are alike to a command that differs in its allocation length alone. */
function asked(form: (typeof FORMS)[number][1], ...lengths: readonly number[]): Answer[] {
  return lengths.map((allocationLength) => {
    const device = bench({ backend: memory(64), alua: 'both' });
    const cdb = encodeForm(form.spec, { allocationLength } as never);
    return device.send(Buffer.from(cdb).toString('hex'));
  });
}

/** The largest value that fits the field. */
function most({ spec }: (typeof FORMS)[number][1]): number {
  const field = (spec.fields as { allocationLength: readonly [kind: string] }).allocationLength;
  return { u8: 0xff, u16: 0xffff, u24: 0xff_ffff, u32: 0xffff_ffff }[field[0]]!;
}

describe.each(FORMS)('%s', (_, form) => {
  it('with 0 is GOOD without data, or refused for another reason', () => {
    const [none, all] = asked(form, 0, most(form));
    expect([none!.status, none!.sense, none!.data.length]).toEqual([all!.status, all!.sense, 0]);
  });

  it('with the most that there can be gives what there is', () => {
    const [all] = asked(form, most(form));
    expect(all!.data.length).toBeLessThan(0x1_0000);
  });

  it('gives the beginning of that with less', () => {
    const [all, one, some] = asked(form, most(form), 1, 5);
    expect([one!.data, some!.data]).toEqual([all!.data.subarray(0, 1), all!.data.subarray(0, 5)]);
  });
});
