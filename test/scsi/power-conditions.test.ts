import { describe, expect, it } from 'vitest';
import { bench, fixedSense, good, refusal, settle, type Bench } from './disk-under-test.ts';
import { HeldBackend } from './held-backend.ts';

const TEST_UNIT_READY = '00 00 00 00 00 00';
const READ = '28 00 00000000 00 0001 00';
const STOP = '1b 00 00 00 00 00';
const START = '1b 00 00 00 01 00';
const LU_CONTROL = '1b 00 00 00 70 00';
const IDLE_A = '1b 00 00 00 20 00';
const STANDBY_Z = '1b 00 00 00 30 00';

/** What REQUEST SENSE says of the power condition. */
function reported({ send }: Pick<Bench, 'send'>): string {
  const { data } = send('03 00 00 00 12 00');
  for (const [codes, name] of Object.entries(NAMES))
    if (data.join() === fixedSense(codes).join()) return name;
  return data.join(' ');
}

const NAMES = {
  '0/00/00': 'active',
  '0/5e/01': 'idle_a by timer',
  '0/5e/02': 'standby_z by timer',
  '0/5e/03': 'idle_a by command',
  '0/5e/04': 'standby_z by command',
  '0/5e/05': 'idle_b by timer',
  '0/5e/06': 'idle_b by command',
  '0/5e/07': 'idle_c by timer',
  '0/5e/08': 'idle_c by command',
  '0/5e/09': 'standby_y by timer',
  '0/5e/0a': 'standby_y by command',
};

/** MODE SELECT(10) of the Power Condition mode page: enable bits of bytes 2 and 3, timers in 100 ms. */
function setTimers(
  { send }: Pick<Bench, 'send'>,
  bits: string,
  [idleA, standbyZ, idleB, idleC, standbyY]: readonly number[],
  savePages = false,
): void {
  const timers = [idleA, standbyZ, idleB, idleC, standbyY]
    .map((ticks) => (ticks ?? 0).toString(16).padStart(8, '0'))
    .join('');
  const page = `1a26 ${bits} ${timers} 000000000000000000000000000000 58`;
  const out = Uint8Array.from(Buffer.from(`0000000000000000${page}`.replaceAll(' ', ''), 'hex'));
  expect(send(`55 ${savePages ? '11' : '10'} 00 00 00 00 00 0030 00`, { out })).toEqual(
    good('', 48),
  );
}

describe('START STOP UNIT with a power condition', () => {
  it.each([
    ['1b 00 00 00 20 00', 'idle_a by command'],
    ['1b 00 00 01 20 00', 'idle_b by command'],
    ['1b 00 00 02 20 00', 'idle_c by command'],
    ['1b 00 00 00 30 00', 'standby_z by command'],
    ['1b 00 00 01 30 00', 'standby_y by command'],
    ['1b 00 00 00 a0 00', 'idle_a by timer'],
    ['1b 00 00 01 a0 00', 'idle_b by timer'],
    ['1b 00 00 02 a0 00', 'idle_c by timer'],
    ['1b 00 00 00 b0 00', 'standby_z by timer'],
    ['1b 00 00 01 b0 00', 'standby_y by timer'],
    ['1b 00 00 00 10 00', 'active'],
    ['1b 00 00 00 70 00', 'active'],
    ['1b 01 00 00 30 00', 'standby_z by command'], // IMMED
    ['1b 00 00 00 33 00', 'standby_z by command'], // LOEJ and START are ignored
  ])('%s: %s', (cdb, condition) => {
    const device = bench();
    expect(device.send(cdb)).toEqual(good());
    expect(reported(device)).toBe(condition);
    // It stays there: neither of these accesses the medium.
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
    expect(device.send('25 00 00000000 00 0000 00').status).toBe(0);
    expect(reported(device)).toBe(condition);
  });

  it.each(['40', '50', '60', '80', '90', 'c0', 'd0', 'e0', 'f0'])(
    'refuses byte 4 = %sh, at POWER CONDITION',
    (byte4) => {
      const device = bench();
      expect(device.send(`1b 00 00 00 ${byte4} 00`)).toEqual(refusal('5/24/00', { cdb: [4, 7] }));
      expect(reported(device)).toBe('active');
    },
  );

  it.each([
    ['01', '01'],
    ['01', '10'],
    ['03', '20'],
    ['02', '30'],
    ['01', '70'],
    ['03', 'a0'],
    ['02', 'b0'],
    ['0f', '20'],
  ])('refuses modifier %sh with byte 4 = %sh, at the modifier', (modifier, byte4) => {
    const device = bench();
    expect(device.send(`1b 00 00 ${modifier} ${byte4} 00`)).toEqual(
      refusal('5/24/00', { cdb: [3, 3] }),
    );
    expect(reported(device)).toBe('active');
  });

  it('a command that accesses the medium wakes the unit', () => {
    const device = bench();
    device.send(STANDBY_Z);
    expect(device.send(READ).status).toBe(0);
    expect(reported(device)).toBe('active');
  });

  it('a command that is refused wakes nobody', () => {
    const device = bench({ readOnly: true });
    device.send(STANDBY_Z);
    expect(device.send('2a 00 00000000 00 0001 00')).toEqual(refusal('7/27/00'));
    expect(reported(device)).toBe('standby_z by command');
  });

  it('starts a unit that was stopped', () => {
    const device = bench();
    device.send(STOP);
    expect(reported(device)).not.toBe('active');
    device.send(IDLE_A);
    expect(reported(device)).toBe('idle_a by command');
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
  });

  it('LU_CONTROL and the timers do not start a unit that was stopped', () => {
    const device = bench();
    device.send(STOP);
    for (const cdb of [LU_CONTROL, '1b 00 00 00 a0 00', '1b 00 00 00 b0 00']) {
      expect(device.send(cdb)).toEqual(good());
      expect(device.send(TEST_UNIT_READY)).toEqual(refusal('2/04/02'));
    }
    device.send(START);
    expect(reported(device)).toBe('active');
  });

  it('START makes a unit active', () => {
    const device = bench();
    device.send(STANDBY_Z);
    expect(device.send(START)).toEqual(good());
    expect(reported(device)).toBe('active');
  });

  it('flushes before standby, but not with NO_FLUSH, and not before idle', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend });
    const standby = device.sendAsync(STANDBY_Z);
    expect(backend.pending).toEqual(['flush']);
    expect(reported(device)).toBe('active');
    backend.finish();
    expect(await standby).toEqual(good());
    device.send('1b 00 00 00 34 00');
    device.send(IDLE_A);
    expect(backend.pending).toEqual([]);
  });

  it('tells nobody', () => {
    const device = bench();
    const other = device.initiator('other');
    device.send(STANDBY_Z);
    device.send(LU_CONTROL);
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('does not eject by timer or by command what is prevented from leaving', () => {
    const device = bench({ removable: true });
    device.send('1e 00 00 00 01 00');
    expect(device.send('1b 00 00 00 32 00')).toEqual(good());
    expect(device.send(TEST_UNIT_READY)).toEqual(good());
  });

  it('a logical unit reset makes it active', () => {
    const device = bench();
    device.send(STANDBY_Z);
    void device.unit.reset();
    expect(device.send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
    expect(reported(device)).toBe('active');
  });
});

describe('power condition timers', () => {
  it('take the unit deeper, one after the other', () => {
    const device = bench();
    setTimers(device, '01 0f', [10, 50, 20, 30, 40]);
    const seen = ['', '', '', '', ''].map(() => {
      device.clock.advance(999);
      const before = reported(device);
      device.clock.advance(1);
      return [before, reported(device)];
    });
    expect(seen).toEqual([
      ['active', 'idle_a by timer'],
      ['idle_a by timer', 'idle_b by timer'],
      ['idle_b by timer', 'idle_c by timer'],
      ['idle_c by timer', 'standby_y by timer'],
      ['standby_y by timer', 'standby_z by timer'],
    ]);
    expect(device.clock.pending).toBe(0);
  });

  it('begin anew with an access to the medium, but not with TEST UNIT READY', () => {
    const device = bench();
    setTimers(device, '00 01', [0, 10]);
    device.clock.advance(900);
    device.send(READ);
    device.clock.advance(900);
    expect(reported(device)).toBe('active');
    device.send(TEST_UNIT_READY);
    device.clock.advance(100);
    expect(reported(device)).toBe('standby_z by timer');
    device.send(READ);
    expect(reported(device)).toBe('active');
    device.clock.advance(1000);
    expect(reported(device)).toBe('standby_z by timer');
  });

  it('do not run without their bit', () => {
    const device = bench();
    setTimers(device, '00 02', [20, 10, 10, 10, 10]);
    device.clock.advance(1999);
    expect(reported(device)).toBe('active');
    device.clock.advance(1);
    expect(reported(device)).toBe('idle_a by timer');
  });

  it('stand still after a command, until LU_CONTROL', () => {
    const device = bench();
    setTimers(device, '00 01', [0, 10]);
    device.send('1b 00 00 00 10 00');
    device.clock.advance(10_000);
    expect(reported(device)).toBe('active');
    device.send(LU_CONTROL);
    device.clock.advance(1000);
    expect(reported(device)).toBe('standby_z by timer');
  });

  it('stand still while the unit is stopped', () => {
    const device = bench();
    setTimers(device, '00 01', [0, 10]);
    device.send(STOP);
    device.clock.advance(10_000);
    device.send(START);
    expect(reported(device)).toBe('active');
    device.clock.advance(1000);
    expect(reported(device)).toBe('standby_z by timer');
  });

  it('never lift a unit', () => {
    const device = bench();
    device.send('1b 00 00 00 b0 00');
    device.send('1b 00 00 00 a0 00');
    expect(reported(device)).toBe('standby_z by timer');
  });

  it('wait for a command that is running', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend });
    setTimers(device, '00 01', [0, 10]);
    const read = device.sendAsync(READ);
    device.clock.advance(1500);
    expect(reported(device)).toBe('active');
    backend.finish();
    await read;
    device.clock.advance(3000);
    expect(reported(device)).toBe('standby_z by timer');
  });

  it('do not keep a unit that has been closed', async () => {
    const device = bench();
    setTimers(device, '00 01', [0, 10]);
    await device.unit.close();
    expect(device.clock.pending).toBe(0);
  });

  it('run again after a restart, where they were saved', async () => {
    let state: unknown;
    const store = {
      load: () => state as never,
      save: (value: unknown) => void (state = value),
    };
    const first = bench({ store });
    await settle();
    setTimers(first, '00 01', [0, 10], true);
    const again = bench({ store });
    await settle();
    again.clock.advance(999);
    expect(reported(again)).toBe('active');
    again.clock.advance(1);
    expect(reported(again)).toBe('standby_z by timer');
  });
});

describe('the pages of power conditions', () => {
  it('log page 1Ah counts the transitions', () => {
    const device = bench();
    for (const cdb of [IDLE_A, STANDBY_Z, READ, '1b 00 00 01 20 00', '1b 00 00 01 30 00', READ])
      device.send(cdb);
    device.send('1b 00 00 02 20 00');
    const { data } = device.send('4d 00 5a 00 00 0000 00ff 00');
    expect(data).toEqual(
      good(
        `
        9a 00 0030      Disable Save; page 1Ah, 48 bytes follow
        0001 23 04 00000002  to active
        0002 23 04 00000001  to idle_a
        0003 23 04 00000001  to idle_b
        0004 23 04 00000001  to idle_c
        0008 23 04 00000001  to standby_z
        0009 23 04 00000001  to standby_y
      `.replaceAll(/ {2}[A-Za-z].*/g, ''),
      ).data,
    );
  });

  it('VPD page 8Ah: every condition, and no time to leave it', () => {
    expect(bench().send('12 01 8a 00ff 00')).toEqual(
      good('00 8a 000e 03 07 0000 0000 0000 0000 0000 0000'),
    );
  });

  it('mode page 1Ah: timers off, and a CHECK CONDITION only where the unit is stopped', () => {
    const { data } = bench().send('5a 08 1a 00 00 00 00 00ff 00');
    expect(data.subarray(8)).toEqual(good(`1a 26 ${'00'.repeat(37)} 58`).data);
  });
});
