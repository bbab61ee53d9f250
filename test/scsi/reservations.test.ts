import { describe, expect, it } from 'vitest';
import { good, hex, refusal } from './disk-under-test.ts';
import { CONFLICT, DONE, reservationBench, type ReservationBench } from './reservation-bench.ts';

/**
 * What SPC and SBC allow whom: the CDB, and whether it gets past a RESERVE of another initiator,
 * write exclusive, and exclusive access.
 */
const TABLE: readonly (readonly [name: string, cdb: string, allowed: string])[] = [
  ['TEST UNIT READY', '00 00 00 00 00 00', '-WE'],
  ['REQUEST SENSE', '03 00 00 00 12 00', 'RWE'],
  ['READ(6)', '08 00 00 00 01 00', '-W-'],
  ['WRITE(6)', '0a 00 00 00 01 00', '---'],
  ['INQUIRY', '12 00 00 00 24 00', 'RWE'],
  ['MODE SENSE(6)', '1a 00 0a 00 ff 00', '-W-'],
  ['START STOP UNIT, start', '1b 00 00 00 01 00', 'RWE'],
  ['START STOP UNIT, stop', '1b 00 00 00 00 00', '---'],
  ['READ CAPACITY(10)', '25 00 00000000 0000 00 00', 'RWE'],
  ['READ(10)', '28 00 00000000 00 0001 00', '-W-'],
  ['WRITE(10)', '2a 00 00000000 00 0001 00', '---'],
  ['WRITE AND VERIFY(10)', '2e 00 00000000 00 0001 00', '---'],
  ['VERIFY(10)', '2f 00 00000000 00 0001 00', '-W-'],
  ['PRE-FETCH(10)', '34 00 00000000 00 0001 00', '-W-'],
  ['SYNCHRONIZE CACHE(10)', '35 00 00000000 00 0000 00', '---'],
  ['WRITE SAME(10)', '41 00 00000000 00 0001 00', '---'],
  ['UNMAP', '42 00 00000000 00 0000 00', '---'],
  ['READ(16)', '88 00 0000000000000000 00000001 00 00', '-W-'],
  ['COMPARE AND WRITE', '89 00 0000000000000000 000000 01 00 00', '---'],
  ['WRITE(16)', '8a 00 0000000000000000 00000001 00 00', '---'],
  ['ORWRITE(16)', '8b 00 0000000000000000 00000001 00 00', '---'],
  ['WRITE SAME(16)', '93 00 0000000000000000 00000001 00 00', '---'],
  ['READ CAPACITY(16)', '9e 10 0000000000000000 00000020 00 00', 'RWE'],
  ['REPORT LUNS', 'a0 00 00 000000 00000010 00 00', 'RWE'],
  ['REPORT SUPPORTED OPERATION CODES', 'a3 0c 00 00 0000 00000010 00 00', '-W-'],
  ['READ(12)', 'a8 00 00000000 00000001 00 00', '-W-'],
  ['WRITE(12)', 'aa 00 00000000 00000001 00 00', '---'],
  ['PERSISTENT RESERVE IN', '5e 00 0000000000 0008 00', '-WE'],
];

const RESERVE = '16 00 00 00 00 00';
const RELEASE = '17 00 00 00 00 00';
const TUR = '00 00 00 00 00 00';

const passes = (
  { send }: ReservationBench,
  cdb: string,
  from: ReservationBench['nexus'],
): boolean => send(cdb, { from, out: new Uint8Array(1024) }).status !== 0x18;

function reserved(type: number): ReservationBench {
  const bed = reservationBench();
  bed.out(bed.nexus, 'register', { newKey: 0xa });
  expect(bed.out(bed.nexus, 'reserve', { key: 0xa, type })).toEqual(DONE);
  return bed;
}

describe.each(TABLE)('%s', (_, cdb, allowed) => {
  it('gets past a RESERVE of another as the table says', () => {
    const bed = reservationBench();
    expect(bed.send(RESERVE)).toEqual(good());
    expect(passes(bed, cdb, bed.initiator('b'))).toBe(allowed.includes('R'));
    if (!cdb.startsWith('5e')) expect(passes(bed, cdb, bed.nexus)).toBe(true);
  });

  it.each([
    [1, 'W', false],
    [3, 'E', false],
    [5, 'W', true],
    [6, 'E', true],
    [7, 'W', true],
    [8, 'E', true],
  ])('gets past a persistent reservation of type %i as the table says', (type, column, members) => {
    const bed = reserved(type);
    const stranger = bed.initiator('b');
    expect(passes(bed, cdb, stranger)).toBe(allowed.includes(column));
    const member = bed.initiator('c');
    bed.out(member, 'register', { newKey: 0xc });
    expect(passes(bed, cdb, member)).toBe(members || allowed.includes(column));
    expect(passes(bed, cdb, bed.nexus)).toBe(true);
  });
});

describe('RESERVE', () => {
  it('is for one initiator, which may repeat it', () => {
    const { send, initiator } = reservationBench();
    const b = initiator('b');
    expect(send(RESERVE)).toEqual(good());
    expect(send(RESERVE)).toEqual(good());
    expect(send(RESERVE, { from: b })).toEqual(CONFLICT);
    expect(send(RELEASE, { from: b })).toEqual(good());
    expect(send(TUR, { from: b })).toEqual(CONFLICT);
    expect(send('57 00 000000000000 00 00')).toEqual(good());
    expect(send('56 00 000000000000 00 00', { from: b })).toEqual(good());
  });

  it.each(['16', '17', '56', '57'])('(%s) refuses third parties and extents', (opcode) => {
    const { send, unit, initiator } = reservationBench();
    const rest = opcode < '40' ? '00 00 00 00' : '00 00 00 00 00 00 00 00';
    expect(send(`${opcode} 10 ${rest}`)).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
    expect(send(`${opcode} 01 ${rest}`)).toEqual(refusal('5/24/00', { cdb: [1, 0] }));
    if (opcode > '40')
      expect(send(`${opcode} 02 ${rest}`)).toEqual(refusal('5/24/00', { cdb: [1, 1] }));
    expect(unit.reservations.conflict('writes', initiator('b'))).toBe(false);
  });

  it.each([
    ['a LOGICAL UNIT RESET', 'LOGICAL UNIT RESET'],
    ['a TARGET RESET', 'TARGET RESET'],
  ] as const)('ends with %s by anyone', (_, name) => {
    const { send, initiator } = reservationBench();
    const b = initiator('b');
    send(RESERVE);
    void b.manage({ function: name, lun: 0 });
    expect(send(TUR, { from: b }).sense?.[12]).toBe(0x29);
    expect(send(TUR, { from: b })).toEqual(good());
  });

  it('ends with the I_T nexus, and not with another one', () => {
    const { send, nexus, initiator } = reservationBench();
    const b = initiator('b');
    send(RESERVE);
    void initiator('c').lost();
    expect(send(TUR, { from: b })).toEqual(CONFLICT);
    void nexus.lost();
    expect(send(TUR, { from: b })).toEqual(good());
  });

  it('keeps even its holder from persistent reservations', () => {
    const { send, out, nexus } = reservationBench();
    send(RESERVE);
    expect(out(nexus, 'register', { newKey: 1 })).toEqual(CONFLICT);
    expect(send('5e 00 0000000000 0008 00')).toEqual(CONFLICT);
  });

  it('conflicts while anyone is registered', () => {
    const { send, out, nexus, initiator } = reservationBench();
    out(nexus, 'register', { newKey: 1 });
    for (const from of [nexus, initiator('b')])
      for (const cdb of [RESERVE, RELEASE]) expect(send(cdb, { from })).toEqual(CONFLICT);
  });

  it('does nothing, and well, for whom a persistent reservation lets in (CRH)', () => {
    const bed = reserved(5);
    const [b, c] = [bed.initiator('b'), bed.initiator('c')];
    bed.out(b, 'register', { newKey: 0xb });
    for (const cdb of [RESERVE, RELEASE]) {
      expect(bed.send(cdb)).toEqual(good());
      expect(bed.send(cdb, { from: b })).toEqual(good());
      expect(bed.send(cdb, { from: c })).toEqual(CONFLICT);
    }
    expect(bed.reserved()).toBe('000000000000000a 05');
    expect(bed.send(TUR, { from: c })).toEqual(good());
  });
});

describe('a persistent reservation', () => {
  it('outlives resets, the loss of its I_T nexus, and the session', () => {
    const bed = reserved(3);
    const b = bed.initiator('b');
    void b.manage({ function: 'LOGICAL UNIT RESET', lun: 0 });
    void b.manage({ function: 'I_T NEXUS RESET', lun: 0 });
    void bed.nexus.lost();
    expect(bed.told(b)).toBe('29/03');
    expect(bed.send('28 00 00000000 00 0001 00', { from: b })).toEqual(CONFLICT);
    const again = bed.stranger('first');
    bed.told(again);
    expect(bed.send('28 00 00000000 00 0001 00', { from: again })).toMatchObject({ status: 0 });
  });

  it('comes after unit attentions, and before the medium is looked for', () => {
    const bed = reserved(3);
    const b = bed.stranger('b');
    bed.unit.eject();
    expect(bed.told(b)).toBe('29/00');
    expect(bed.send('28 00 00000000 00 0001 00', { from: b })).toEqual(CONFLICT);
  });

  it('costs a refused write no data', () => {
    const bed = reserved(1);
    let asked = false;
    const out = (): Uint8Array => {
      asked = true;
      return hex('00');
    };
    expect(bed.send('2a 00 00000000 00 0001 00', { from: bed.initiator('b'), out })).toEqual(
      CONFLICT,
    );
    expect(asked).toBe(false);
  });
});
