import { describe, expect, it } from 'vitest';
import { BackendError, type Backend } from '../../../src/backend/backend.ts';
import {
  bench,
  contents,
  fixedSense,
  good,
  hex,
  memory,
  refusal,
  unexpected,
  type Details,
} from '../disk-under-test.ts';

const FORMAT = '04 00 00 00 00 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';
const REQUEST_SENSE = '03 00 00 00 fc 00';

/** A backend without UNMAP, every byte A5h: a disk that is not thin. */
function thick(blocks = 8, other: Partial<Backend> = {}): Backend {
  const inner = memory(blocks);
  inner.write(0, new Uint8Array(blocks * 512).fill(0xa5));
  return {
    blockLength: 512,
    blocks,
    read: (lba, into) => inner.read(lba, into),
    write: (lba, from) => inner.write(lba, from),
    ...other,
  };
}

/** What all bytes of a backend are, or undefined where they differ. */
function uniform(backend: Backend): number | undefined {
  const bytes = contents(backend);
  return bytes.every((byte) => byte === bytes[0]) ? bytes[0] : undefined;
}

/** FORMAT IN PROGRESS with PROGRESS INDICATION. */
function inProgress(progress: number): Uint8Array {
  const sense = fixedSense('2/04/04');
  sense.set([0x80, progress >> 8, progress & 0xff], 15); // SKSV
  return sense;
}

describe('FORMAT UNIT', () => {
  it('unmaps a thin disk', () => {
    const backend = memory();
    backend.write(0, new Uint8Array(512).fill(1));
    const { send } = bench({ backend });
    expect(send(FORMAT)).toEqual(good());
    expect(backend.allocatedBytes).toBe(0);
  });

  it('writes zeros to a disk that is not', () => {
    const backend = thick();
    expect(bench({ backend }).send(FORMAT)).toEqual(good());
    expect(uniform(backend)).toBe(0);
  });

  it.each(['01', '02'])('with FFMT %s leaves the blocks of that alone', (fastFormat) => {
    const backend = thick();
    expect(bench({ backend }).send(`04 00 00 00 ${fastFormat} 00`)).toEqual(good());
    expect(uniform(backend)).toBe(0xa5);
  });

  it.each<[string, string, string]>([
    ['short', '10', '88 0000'],
    ['long', '30', '88 0000 00000000'],
  ])('writes an initialization pattern, with a %s header', (_, byte1, header) => {
    for (const backend of [thick(), memory(8)]) {
      // FOV and IP; pattern type 01h, repeat; 3 bytes
      const out = hex(`00 ${header} 00 01 0003 c0ffee`);
      const { send } = bench({ backend });
      expect(send(`04 ${byte1} 00 00 00 00`, { out, dataOutLength: out.length })).toEqual(
        good('', out.length),
      );
      const bytes = contents(backend);
      for (let at = 0; at < bytes.length; at++)
        expect(bytes[at]).toBe([0xc0, 0xff, 0xee][(at % 512) % 3]);
    }
  });

  it('takes the default pattern as zeros, and SI as a wish to write them', () => {
    const backend = memory(8);
    backend.write(0, new Uint8Array(512).fill(1));
    const { send } = bench({ backend });
    const out = hex('00 88 0000 20 00 0000');
    expect(send('04 10 00 00 00 00', { out, dataOutLength: 8 })).toEqual(good('', 8));
    expect(uniform(backend)).toBe(0);
  });

  it.each(['f0', 'e0', 'c0', '82', '02', '00'])('takes the options %s of the header', (options) => {
    const { send } = bench();
    const out = hex(`00 ${options} 0000`);
    expect(send('04 10 00 00 00 00', { out, dataOutLength: 4 })).toEqual(good('', 4));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it.each(['18', '10', '13', '14', '15'])('takes an empty defect list: byte 1 %s', (byte1) => {
    const { send } = bench();
    expect(send(`04 ${byte1} 00 00 00 00`, { out: hex('00 00 0000'), dataOutLength: 4 })).toEqual(
      good('', 4),
    );
  });

  it.each<[string, string, Details]>([
    ['FMTPINFO', '04 80 00 00 00 00', { cdb: [1, 7] }],
    ['CMPLST without FMTDATA', '04 08 00 00 00 00', { cdb: [1, 3] }],
    ['DEFECT LIST FORMAT without FMTDATA', '04 05 00 00 00 00', { cdb: [1, 2] }],
    ['a reserved DEFECT LIST FORMAT', '04 11 00 00 00 00', { cdb: [1, 2] }],
    ['a reserved FFMT', '04 00 00 00 03 00', { cdb: [4, 1] }],
    ['a reserved bit', '04 00 00 00 04 00', { cdb: [4, 2] }],
  ])('refuses %s', (_, cdb, where) => {
    const backend = thick();
    expect(bench({ backend }).send(cdb, { out: unexpected })).toEqual(refusal('5/24/00', where));
    expect(uniform(backend)).toBe(0xa5);
  });

  it.each<[string, string, string, Details]>([
    ['PROTECTION FIELD USAGE', '10', '01 00 0000', { list: [0, 2] }],
    ['a reserved bit', '10', '08 00 0000', { list: [0, 3] }],
    ['DPRY without FOV', '10', '00 40 0000', { list: [1, 6] }],
    ['DCRT without FOV', '10', '00 20 0000', { list: [1, 5] }],
    ['STPF without FOV', '10', '00 10 0000', { list: [1, 4] }],
    ['IP without FOV', '10', '00 08 0000', { list: [1, 3] }],
    ['defects', '10', '00 00 0008 0000000000000000', { list: [2] }],
    ['defects in a long list', '30', '00 00 00 00 00000008 0000000000000000', { list: [4] }],
    ['a reserved byte of the long header', '30', '00 00 01 00 00000000', { list: [2, 0] }],
    ['P_I_INFORMATION', '30', '00 00 00 10 00000000', { list: [3, 7] }],
    ['PROTECTION INTERVAL EXPONENT', '30', '00 00 00 01 00000000', { list: [3, 3] }],
    ['a reserved bit of the pattern', '10', '00 88 0000 01 01 0001 ff', { list: [4, 0] }],
    ['a pattern type', '10', '00 88 0000 00 02 0001 ff', { list: [5] }],
    ['a default pattern with bytes', '10', '00 88 0000 00 00 0001 ff', { list: [6] }],
    ['a repeated pattern without', '10', '00 88 0000 00 01 0000', { list: [6] }],
    ['a pattern longer than a block', '10', '00 88 0000 00 01 0201 ff', { list: [6] }],
  ])('refuses %s, and changes nothing', (_, byte1, list, where) => {
    const backend = thick();
    const { send } = bench({ backend });
    const out = hex(list);
    const how = { out, dataOutLength: out.length };
    expect(send(`04 ${byte1} 00 00 00 00`, how)).toEqual(refusal('5/26/00', where, out.length));
    expect(uniform(backend)).toBe(0xa5);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('refuses a pattern in a fast format', () => {
    const out = hex('00 88 0000 00 01 0001 ff');
    expect(bench().send('04 10 00 00 01 00', { out, dataOutLength: 9 })).toEqual(
      refusal('5/24/09', {}, 9),
    );
  });

  it.each(['', '00 88 00', '00 88 0000 00 01 00', '00 88 0000 00 01 0002 ff'])(
    'refuses a list that is cut short: %j',
    (list) => {
      const backend = thick();
      const out = hex(list);
      const { status, sense } = bench({ backend }).send('04 10 00 00 00 00', {
        out,
        dataOutLength: out.length,
      });
      expect([status, sense]).toEqual([2, fixedSense('5/1a/00')]);
      expect(uniform(backend)).toBe(0xa5);
    },
  );

  it('leaves a write-protected disk alone', () => {
    expect(bench({ readOnly: true }).send(FORMAT)).toEqual(refusal('7/27/00'));
  });

  it('tells the other initiators when the disk is ready again', () => {
    const { send, initiator } = bench();
    const other = initiator('other');
    send(FORMAT);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/28/00'));
  });
});

describe('FORMAT UNIT in progress', () => {
  it('keeps to its rate, and tells how far it is', () => {
    const { send, clock } = bench({ formatRate: 2 ** 18, backend: thick(2048) });
    const immed = { out: hex('00 02 0000'), dataOutLength: 4 };
    expect(send('04 10 00 00 00 00', immed)).toEqual(good('', 4));
    for (let eighth = 1; eighth <= 32; eighth++) {
      const sense = inProgress(Math.min(0xffff, eighth * 0x800));
      expect(send(REQUEST_SENSE)).toEqual(good(sense));
      expect(send(TEST_UNIT_READY).sense).toEqual(sense);
      clock.advance(125);
    }
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

describe('FORMAT UNIT that failed', () => {
  it('leaves the medium out of order until one succeeds', () => {
    let broken = true;
    const write = () => {
      if (broken) throw new BackendError('hardware', 'head crash');
    };
    const { send } = bench({ backend: thick(8, { write }) });
    expect(send(FORMAT)).toEqual(refusal('3/31/01'));
    expect(send(TEST_UNIT_READY)).toEqual(refusal('3/31/01'));
    expect(send('28 00 00000000 00 0001 00')).toEqual(refusal('3/31/01'));
    expect(send('1a 00 3f 00 ff 00').status).toBe(0); // MODE SENSE needs no medium
    broken = false;
    expect(send(FORMAT)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});
