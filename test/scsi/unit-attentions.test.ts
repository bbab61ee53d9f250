import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../src/backend/memory.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import {
  be,
  bench,
  hex,
  memory,
  refusal,
  type Bench,
  type BenchOptions,
} from './disk-under-test.ts';
import { LOAD, READ_0, TEST_UNIT_READY } from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';
import { createDisk } from '../../src/create-disk.ts';

const ua = (asc: number, ascq: number) => ({ key: 6, asc, ascq });
const reserveOut = (action: number, type = 0): string =>
  `5f ${be(action, 1)} ${be(type, 1)} 0000 00000018 00`;
const keys = (key: number, newKey: number): Uint8Array =>
  hex(`${be(key, 8)} ${be(newKey, 8)} 0000000000000000`);

/** Registers both; the first initiator reserves for registrants only. */
function share({ send }: Bench, from: Nexus): void {
  send(reserveOut(0), { out: keys(0, 1) });
  send(reserveOut(0), { out: keys(0, 2), from });
  send(reserveOut(1, 5), { out: keys(1, 0) });
}

/** What makes the other initiator be told: by command, by task management or by the API. */
const CAUSES: readonly (readonly [
  codes: string,
  what: string,
  cause: (device: Bench, other: Nexus) => unknown,
  options?: BenchOptions,
])[] = [
  ['29/01', 'the API', ({ unit }) => unit.establish(ua(0x29, 0x01))],
  ['29/02', 'the API', ({ unit }) => unit.establish(ua(0x29, 0x02))],
  [
    '29/03',
    'LOGICAL UNIT RESET',
    ({ nexus }) => nexus.manage({ function: 'LOGICAL UNIT RESET', lun: 0 }),
  ],
  ['29/04', 'the API', ({ unit }) => unit.establish(ua(0x29, 0x04))],
  ['29/07', 'a lost nexus', (_, other) => other.lost()],
  [
    '28/00',
    'a medium that is put back',
    ({ unit, send }) => {
      unit.eject();
      send(LOAD);
    },
  ],
  [
    '2a/01',
    'MODE SELECT',
    ({ send }) =>
      send('15 10 00 00 10 00', { out: hex('00000000 0a0a 00 16 00 00 0000 ffff 000a') }),
  ],
  ['2a/02', 'LOG SELECT', ({ send }) => send('4c 02 c0 00 00 00 00 0000 00')],
  [
    '2a/03',
    'PERSISTENT RESERVE OUT, CLEAR',
    (device, other) => {
      share(device, other);
      device.send(reserveOut(3), { out: keys(1, 0) });
    },
  ],
  [
    '2a/04',
    'PERSISTENT RESERVE OUT, RELEASE',
    (device, other) => {
      share(device, other);
      device.send(reserveOut(2, 5), { out: keys(1, 0) });
    },
  ],
  [
    '2a/05',
    'PERSISTENT RESERVE OUT, PREEMPT',
    (device, other) => {
      share(device, other);
      device.send(reserveOut(4, 5), { out: keys(1, 2) });
    },
  ],
  ['2a/06', 'another access state', ({ unit }) => unit.access.set(1, 'active/non-optimized')],
  [
    '2a/07',
    'another access state that cannot be had',
    ({ unit }) => unit.access.set(1, 'standby'),
    {
      accessTransition: () => {
        throw new Error('no way');
      },
    },
  ],
  [
    '2a/08',
    'SET PRIORITY',
    ({ send }) => send('a4 0e 80 000000 00000008 00 00', { out: hex('05 00 0000 0000 0000') }),
  ],
  [
    '2a/0a',
    'another that retrieves the error history',
    ({ send }, other) => {
      send('3c 1c 00 000000 000050 00', { from: other });
      send('3c 1c 02 000000 000050 00');
    },
  ],
  [
    '2a/10',
    'SET TIMESTAMP',
    ({ send }) => send('a4 0f 00000000 0000000c 00 00', { out: hex('00000000 000000000007 0000') }),
  ],
  [
    '2a/15',
    'a medium that is taken out although its removal is prevented',
    ({ send, unit }, from) => {
      send('1e 00 00 00 01 00', { from });
      unit.eject();
    },
  ],
  [
    '2c/09',
    'RESERVATION CONFLICT with UA_INTLCK_CTRL 11b',
    ({ send, unit }, other) => {
      send('15 10 00 00 10 00', { out: hex('00000000 0a0a 00 10 30 00 0000 ffff 000a') });
      unit.attentions(other).take();
      send('16 00 00 00 00 00'); // RESERVE(6)
      send('08 00 00 00 01 00', { from: other });
    },
  ],
  ['3f/00', 'the API', ({ unit }) => unit.establish(ua(0x3f, 0x00))],
  [
    '3f/01',
    'WRITE BUFFER',
    ({ send }) => send('3b 05 00 000000 000004 00', { out: new Uint8Array(4) }),
    { microcode: () => true },
  ],
  [
    '3f/05',
    'SET IDENTIFYING INFORMATION',
    ({ sendAsync }) => sendAsync('a4 06 00000000 00000001 00 00', { out: hex('07') }),
    { store: { load: () => ({}), save: () => undefined } },
  ],
  ['3f/03', 'the API', ({ unit }) => unit.establish(ua(0x3f, 0x03))],
  ['3f/0e', 'a LUN more', ({ target }) => target.luns.add(1, createDisk({ backend: memory(8) }))],
  [
    '5d/10',
    'a failure that is foretold, with MRIE 2',
    ({ send, unit }, other) => {
      send('15 10 00 00 10 00', { out: hex('00000000 1c0a 01 02 00000000 00000000') });
      unit.attentions(other).take();
      unit.exceptions.occur({ key: 0, asc: 0x5d, ascq: 0x10 });
    },
  ],
];

describe('a unit attention', () => {
  const causes = CAUSES.map(
    ([codes, what, cause, options = {}]) => [codes, what, cause, options] as const,
  );
  it.each(causes)('%s comes from %s', async (codes, _, cause, options) => {
    const device = bench({ removable: true, ...options });
    const other = device.initiator('other');
    await cause(device, other);
    expect(device.send(TEST_UNIT_READY, { from: other })).toEqual(refusal(`6/${codes}`));
  });

  it('29/00 comes first of all', () => {
    const { send, stranger } = bench();
    expect(send(TEST_UNIT_READY, { from: stranger('new') })).toEqual(refusal('6/29/00'));
  });

  it('2a/09 comes from a backend that changes its size', () => {
    const backend = memoryBackend({ blocks: 8 });
    const { send } = bench({ backend });
    backend.resize(16);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/09'));
  });

  it('2f/00 comes from CLEAR TASK SET, to those who lost a task', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, initiator, nexus } = bench({ backend });
    const from = initiator('other');
    const read = sendAsync(READ_0, { from });
    const cleared = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    backend.finish();
    await cleared;
    expect(await read).toBeUndefined();
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/2f/00'));
  });

  it('3f/0e comes at every LUN of a nexus, and REPORT LUNS at one of them ends it at all', () => {
    const { send, target, nexus, unit } = bench();
    const second = createDisk({ backend: memory(8) });
    target.luns.add(1, second);
    second.attentions(nexus).take(); // power on
    target.luns.add(2, createDisk({ backend: memory(8) }));
    expect([unit, second].map((each) => each.attentions(nexus).first)).toMatchObject([
      { asc: 0x3f, ascq: 0x0e },
      { asc: 0x3f, ascq: 0x0e },
    ]);
    send('a0 00 00 000000 00000010 00 00');
    expect([unit, second].map((each) => each.attentions(nexus).pending)).toEqual([false, false]);
  });
});
