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
  settle,
  unexpected,
  type Bench,
  type Details,
} from '../disk-under-test.ts';

const OVERWRITE = (list: string, byte1 = '01'): [string, { out: Uint8Array }] => {
  const out = hex(list);
  const length = out.length.toString(16).padStart(4, '0');
  return [`48 ${byte1} 0000000000 ${length} 00`, { out }];
};
const BLOCK_ERASE = '48 02 0000000000 0000 00';
const CRYPTO_ERASE = '48 03 0000000000 0000 00';
const EXIT_FAILURE_MODE = '48 1f 0000000000 0000 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';
const REQUEST_SENSE = '03 00 00 00 fc 00';

/** All blocks of a backend hold this byte. */
function filled(backend: Backend, byte = 0xa5): Backend {
  void backend.write(0, new Uint8Array(backend.blocks * backend.blockLength).fill(byte), {
    fua: false,
  });
  return backend;
}

/** A memory backend without some of its methods, or with others. */
const like = (backend: Backend, other: Partial<Backend>): Backend => ({
  blockLength: backend.blockLength,
  blocks: backend.blocks,
  read: (lba, into) => backend.read(lba, into),
  write: (lba, from, options) => backend.write(lba, from, options),
  ...other,
});

/** SANITIZE IN PROGRESS with PROGRESS INDICATION. */
function inProgress(progress: number): Uint8Array {
  const sense = fixedSense('2/04/1b');
  sense.set([0x80, progress >> 8, progress & 0xff], 15); // SKSV
  return sense;
}

const refused = (progress: number) => ({
  status: 0x02,
  data: new Uint8Array(0),
  sense: inProgress(progress),
  dataOutLength: 0,
});

/** What all bytes are, or undefined where they differ. */
function uniform(bytes: Uint8Array): number | undefined {
  return bytes.every((byte) => byte === bytes[0]) ? bytes[0] : undefined;
}

describe('SANITIZE, OVERWRITE', () => {
  it('repeats its pattern from the start of every block', () => {
    const backend = filled(memory(4));
    const { send } = bench({ backend });
    expect(send(...OVERWRITE('01 00 0003 c0ffee'))).toEqual(good('', 7));
    const bytes = contents(backend);
    for (let at = 0; at < bytes.length; at++)
      expect(bytes[at]).toBe([0xc0, 0xff, 0xee][(at % 512) % 3]);
  });

  it('goes over the medium as often as told, and INVERT ends with the pattern', () => {
    for (const [count, first] of [
      [1, 0x3c],
      [2, 0xc3],
      [3, 0x3c],
    ] as const) {
      const writes: number[] = [];
      const inner = memory(4);
      const backend = like(inner, {
        write: (lba, from, options) => {
          writes.push(uniform(from)!);
          return inner.write(lba, from, options);
        },
      });
      const { send } = bench({ backend });
      expect(send(...OVERWRITE(`8${count} 00 0001 3c`))).toEqual(good('', 5));
      expect(writes).toHaveLength(count);
      expect(writes[0]).toBe(first);
      expect(uniform(contents(backend))).toBe(0x3c);
    }
  });

  it('takes a pattern of a whole block', () => {
    const backend = memory(2);
    const { send } = bench({ backend });
    expect(send(...OVERWRITE(`01 00 0200 ${'5a'.repeat(512)}`))).toEqual(good('', 516));
    expect(uniform(contents(backend))).toBe(0x5a);
  });

  it.each([0, 1, 4, 512 + 5, 0xffff])('refuses a parameter list of %i bytes', (length) => {
    const { send } = bench();
    const cdb = `48 01 0000000000 ${length.toString(16).padStart(4, '0')} 00`;
    expect(send(cdb, { out: unexpected })).toEqual(refusal('5/24/00', { cdb: [7] }));
  });

  it.each<[string, string, Details]>([
    ['OVERWRITE COUNT 0', '00 00 0001 ff', { list: [0, 4] }],
    ['TEST other than 0', '41 00 0001 ff', { list: [0, 6] }],
    ['a reserved byte', '01 01 0001 ff', { list: [1] }],
    ['a pattern of no bytes', '01 00 0000 ff', { list: [2] }],
    ['a pattern longer than the list', '01 00 0002 ff', { list: [2] }],
    ['a pattern longer than a block', '01 00 0201 ff', { list: [2] }],
    ['a pattern shorter than what follows', '01 00 0001 ffff', { list: [2] }],
  ])('refuses %s, and changes nothing', (_, list, where) => {
    const backend = filled(memory(4));
    const { send } = bench({ backend });
    const out = hex(list).length;
    expect(send(...OVERWRITE(list))).toEqual(refusal('5/26/00', where, out));
    expect(uniform(contents(backend))).toBe(0xa5);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('refuses a list that is cut short', () => {
    const { send } = bench();
    const cdb = '48 01 0000000000 0005 00';
    expect(send(cdb, { out: hex('01 00 0001') })).toEqual(refusal('5/1a/00', {}, 5));
  });
});

describe.each([
  ['BLOCK ERASE', BLOCK_ERASE, '02'],
  ['CRYPTOGRAPHIC ERASE', CRYPTO_ERASE, '03'],
])('SANITIZE, %s', (_, cdb, action) => {
  it('unmaps all blocks of a thin disk', () => {
    const backend = memory();
    filled(backend);
    const { send } = bench({ backend });
    expect(send(cdb)).toEqual(good());
    expect(backend.allocatedBytes).toBe(0);
  });

  it('writes zeros where the disk is not thin', () => {
    const backend = filled(like(memory(8), {}));
    const { send } = bench({ backend });
    expect(send(cdb)).toEqual(good());
    expect(uniform(contents(backend))).toBe(0);
  });

  it('writes zeros first where unmapped blocks may still hold their data', () => {
    const calls: string[] = [];
    const inner = memory(8);
    const backend = like(inner, {
      write: (lba, from) => {
        calls.push(`write ${lba}+${from.length / 512} of ${uniform(from)}`);
      },
      unmap: (lba, blocks) => {
        calls.push(`unmap ${lba}+${blocks}`);
      },
    });
    expect(bench({ backend }).send(cdb)).toEqual(good());
    expect(calls).toEqual(['write 0+8 of 0', 'unmap 0+8']);
  });

  it('takes no parameter list', () => {
    const { send } = bench();
    expect(send(`48 ${action} 0000000000 0008 00`, { out: unexpected })).toEqual(
      refusal('5/24/00', { cdb: [7] }),
    );
  });
});

describe('SANITIZE', () => {
  it.each(['00', '04', '1e'])('has no service action %s', (action) => {
    const { send } = bench();
    expect(send(`48 ${action} 0000000000 0000 00`)).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it.each(['41', '42', '43', '5f'])('refuses ZNR, as there are no zones: %s', (byte1) => {
    const { send } = bench();
    expect(send(`48 ${byte1} 0000000000 0005 00`)).toEqual(refusal('5/24/00', { cdb: [1, 6] }));
  });

  it.each([BLOCK_ERASE, CRYPTO_ERASE, '48 01 0000000000 0005 00'])(
    'leaves a write-protected disk alone: %s',
    (cdb) => {
      const backend = filled(memory(4));
      const { send } = bench({ backend, readOnly: true });
      expect(send(cdb, { out: unexpected })).toEqual(refusal('7/27/00'));
      expect(uniform(contents(backend))).toBe(0xa5);
    },
  );

  it('needs a medium', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(BLOCK_ERASE)).toEqual(refusal('2/3a/00'));
  });

  it('establishes no unit attention', () => {
    const { send, initiator } = bench();
    const other = initiator('other');
    send(BLOCK_ERASE);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });
});

/** A disk of 1 MiB that sanitizes in 4 s, and has begun to. */
function paced(options: Parameters<typeof bench>[0] = {}): Bench {
  const it = bench({ sanitizeRate: 2 ** 18, ...options });
  expect(it.send('48 82 0000000000 0000 00')).toEqual(good());
  return it;
}

describe('SANITIZE in progress', () => {
  it('tells how far it is', () => {
    const { send, clock } = paced();
    for (const progress of [0x800, 0x1000, 0x1800]) {
      expect(send(TEST_UNIT_READY)).toEqual(refused(progress)); // eight pieces a second
      expect(send(REQUEST_SENSE)).toEqual(good(inProgress(progress)));
      clock.advance(125);
    }
  });

  it('takes the time that its rate gives it, and no more', () => {
    const { send, clock } = paced();
    for (let eighth = 1; eighth < 32; eighth++) clock.advance(125);
    expect(send(TEST_UNIT_READY)).toEqual(refused(0xffff));
    clock.advance(125);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(clock.pending).toBe(0);
  });

  it('refuses every command but INQUIRY, REPORT LUNS and REQUEST SENSE', () => {
    const { send, initiator } = paced();
    const from = initiator('other');
    for (const cdb of [
      '1b 00 00 00 01 00', // START STOP UNIT
      '88 00 0000000000000000 00000001 00 00', // READ(16)
      '2a 00 00000000 00 0001 00', // WRITE(10)
      '25 00 00000000 0000 00 00', // READ CAPACITY(10)
      '1a 00 3f 00 ff 00', // MODE SENSE(6)
      '04 00 00 00 00 00', // FORMAT UNIT
      BLOCK_ERASE,
      EXIT_FAILURE_MODE,
    ])
      expect(send(cdb, { from, out: unexpected })).toEqual(refused(0x800));
    expect(send('12 00 00 00 24 00', { from }).status).toBe(0);
    expect(send('a0 00 00 000000 00000010 00 00', { from }).status).toBe(0);
  });

  it('goes on through aborts, resets and the loss of its nexus', async () => {
    const backend = filled(memory());
    const { unit, nexus, clock, send, stranger } = paced({ backend });
    await unit.tasks.abort(nexus);
    await unit.tasks.clear(nexus);
    await unit.reset();
    await unit.nexusLost(nexus);
    unit.forget(nexus);
    const from = stranger('after the reset');
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refused(0x800));
    for (let eighth = 0; eighth < 32; eighth++) clock.advance(125);
    expect(send(TEST_UNIT_READY, { from })).toEqual(good());
    expect(uniform(contents(backend))).toBe(0);
  });

  it('without IMMED answers at the end, and an abort leaves it going', async () => {
    const { unit, nexus, clock, start, sendAsync } = bench({ sanitizeRate: 2 ** 18 });
    let response: unknown = 'none yet';
    void Promise.resolve(start(BLOCK_ERASE, { tag: 77_777 })).then((value) => (response = value));
    for (let eighth = 0; eighth < 31; eighth++) clock.advance(125);
    await settle();
    expect(response).toBe('none yet');
    await unit.tasks.abort(nexus, 77_777);
    expect(response).toBeUndefined();
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(refused(0xffff));
    clock.advance(125);
    expect(await sendAsync(TEST_UNIT_READY)).toEqual(good());
  });

  it('refuses a write that waited for its data, and keeps its data off the medium', async () => {
    const backend = memory();
    const { start, sendAsync, send } = bench({ backend });
    let give: (data: Uint8Array) => void = unexpected;
    const out = () => new Promise<Uint8Array>((resolve) => (give = resolve));
    const write = sendAsync('2a 00 00000000 00 0001 00', { out });
    await start(BLOCK_ERASE);
    give(new Uint8Array(512).fill(1));
    const answer = await write;
    expect(answer?.status).toBe(0x02);
    expect(answer?.sense).toEqual(inProgress(0xffff));
    expect(backend.allocatedBytes).toBe(0);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

const broken = (state: { broken: boolean }): Backend => {
  const inner = memory(8);
  return like(inner, {
    id: 'broken',
    write: (lba, from, options) => {
      if (state.broken) throw new BackendError('medium', 'a scratch', { lba });
      return inner.write(lba, from, options);
    },
  });
};

describe('SANITIZE that failed', () => {
  it('says so to all but SANITIZE, INQUIRY, REPORT LUNS and REQUEST SENSE until one succeeds', () => {
    const state = { broken: true };
    const { send, errors } = bench({ backend: broken(state) });
    expect(send(BLOCK_ERASE)).toEqual(refusal('3/31/03'));
    expect(errors).toHaveLength(1);
    for (const cdb of [TEST_UNIT_READY, '04 00 00 00 00 00', '1a 00 3f 00 ff 00'])
      expect(send(cdb)).toEqual(refusal('3/31/03'));
    expect(send(REQUEST_SENSE)).toEqual(good(fixedSense('3/31/03')));
    expect(send('12 00 00 00 24 00').status).toBe(0);
    state.broken = false;
    expect(send(CRYPTO_ERASE)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('with AUSE can be left by EXIT FAILURE MODE', () => {
    const { send } = bench({ backend: broken({ broken: true }) });
    expect(send('48 22 0000000000 0000 00')).toEqual(refusal('3/31/03'));
    expect(send(EXIT_FAILURE_MODE)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('without AUSE can not, nor be repeated with AUSE', () => {
    const { send } = bench({ backend: broken({ broken: true }) });
    send(BLOCK_ERASE);
    expect(send(EXIT_FAILURE_MODE)).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    expect(send('48 22 0000000000 0000 00')).toEqual(refusal('5/24/00', { cdb: [1, 5] }));
    expect(send(TEST_UNIT_READY)).toEqual(refusal('3/31/03'));
  });
});

describe('SANITIZE, EXIT FAILURE MODE', () => {
  it('does nothing where nothing failed', () => {
    expect(bench({ readOnly: true }).send(EXIT_FAILURE_MODE)).toEqual(good());
  });

  it('takes no parameter list', () => {
    const { send } = bench();
    const cdb = '48 1f 0000000000 0008 00';
    expect(send(cdb)).toEqual(refusal('5/24/00', { cdb: [7] }));
  });
});
