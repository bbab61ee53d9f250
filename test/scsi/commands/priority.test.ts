import { describe, expect, it } from 'vitest';
import {
  decodePriorityData,
  encodePriorityData,
  encodePriorityDescriptor,
} from '../../../src/cdb/priority.ts';
import { be, bench, good, hex, refusal, type Bench } from '../disk-under-test.ts';
import { ascii, READ_0, TEST_UNIT_READY } from '../familiar-commands.ts';
import { HeldBackend } from '../held-backend.ts';

const report = (all = false, length = 255): string =>
  `a3 0e ${all ? '40' : '00'} 000000 ${be(length, 4)} 00 00`;
const set = (nexusToSet: number, length: number): string =>
  `a4 0e ${be(nexusToSet << 6, 1)} 000000 ${be(length, 4)} 00 00`;

/** TransportID of an initiator of a transport without a protocol: its name in 20 bytes. */
const transportId = (name: string): string =>
  `0f 00 0014 ${ascii(name)} ${'00'.repeat(20 - name.length)}`;
const descriptor = (priority: string, port: string, name: string): string =>
  `${priority} 00 ${port} 0000 0018 ${transportId(name)}`;

/** SET PRIORITY of this nexus. */
const own = ({ send }: Bench, priority: number, from = {}): void => {
  const out = hex(`${be(priority, 1)} 00 0000 0000 0000`);
  expect(send(set(0, 8), { out, ...from })).toEqual(good('', 8));
};

describe('REPORT PRIORITY', () => {
  it('reports the priority of its nexus', () => {
    const device = bench();
    expect(device.send(report())).toEqual(good(`00000020 ${descriptor('00', '0001', 'first')}`));
    own(device, 7);
    expect(device.send(report())).toEqual(good(`00000020 ${descriptor('07', '0001', 'first')}`));
  });

  it('reports all that are not the initial one', () => {
    const device = bench();
    const from = device.initiator('other');
    expect(device.send(report(true))).toEqual(good('00000000'));
    own(device, 3, { from });
    expect(device.send(report(true))).toEqual(
      good(`00000020 ${descriptor('03', '0001', 'other')}`),
    );
  });

  it('is cut to every allocation length', () => {
    const { send } = bench();
    const whole = send(report()).data;
    for (let length = 0; length <= whole.length; length++)
      expect(send(report(false, length)).data).toEqual(whole.subarray(0, length));
  });

  it.each(['80', 'c0'])('refuses PRIORITY REPORTED %s', (byte) => {
    const answer = bench().send(`a3 0e ${byte} 000000 000000ff 00 00`);
    expect(answer).toEqual(refusal('5/24/00', { cdb: [2, 7] }));
  });
});

describe('SET PRIORITY', () => {
  it('of a nexus by its name changes that one, which is told', () => {
    const { send, initiator } = bench();
    const [from, third] = [initiator('other'), initiator('third')];
    const out = hex(descriptor('05', '0001', 'other'));
    expect(send(set(1, 32), { out })).toEqual(good('', 32));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/2a/08'));
    expect(send(report(), { from }).data[4]).toBe(5);
    expect(send(report()).data[4]).toBe(0);
    expect(send(TEST_UNIT_READY, { from: third })).toEqual(good());
  });

  it('of all nexuses changes all, and tells the others whose priority was another', () => {
    const device = bench();
    const { send, initiator } = device;
    const [from, same] = [initiator('other'), initiator('third')];
    own(device, 9, { from: same });
    expect(send(set(2, 8), { out: hex('09 00 0000 0000 0000') })).toEqual(good('', 8));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/2a/08'));
    expect(send(TEST_UNIT_READY, { from: same })).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(report()).data[4]).toBe(9);
  });

  it('0 gives back the INITIAL COMMAND PRIORITY', () => {
    const device = bench();
    const page = device.send('1a 08 0a 01 ff 00').data; // MODE SENSE, Control Extension
    page[0] = page[2] = 0;
    page[4 + 5] = 6;
    expect(device.send('15 10 00 00 24 00', { out: page }).status).toBe(0);
    expect(device.send(report()).data[4]).toBe(6);
    own(device, 2);
    expect(device.send(report()).data[4]).toBe(2);
    own(device, 0);
    expect(device.send(report()).data[4]).toBe(6);
  });

  it('lasts until a reset, and longer than a nexus', () => {
    const device = bench();
    const { send, nexus, unit } = device;
    own(device, 2);
    void nexus.lost();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/07'));
    expect(send(report()).data[4]).toBe(2);
    void unit.reset();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
    expect(send(report()).data[4]).toBe(0);
  });

  it('with an empty list does nothing', () => {
    expect(bench().send(set(0, 0))).toEqual(good());
  });

  const named = descriptor('05', '0001', 'other');
  it.each([
    ['a list without all of its header', 0, '05 00 0000 0000 00', '5/1a/00', undefined],
    ['a list without all of its TransportID', 1, named.slice(0, -2), '5/1a/00', undefined],
    ['a reserved byte', 0, '05 01 0000 0000 0000', '5/26/00', [1]],
    ['a port that is not there', 1, descriptor('05', '0009', 'other'), '5/26/00', [2]],
    ['an initiator that is not there', 1, descriptor('05', '0001', 'nobody'), '5/26/00', [8]],
    ['no TransportID', 1, '05 00 0001 0000 0000', '5/26/00', [8]],
  ] as const)('refuses %s, and changes nothing', (_, nexusToSet, list, codes, at) => {
    const { send, initiator } = bench();
    const from = initiator('other');
    const { length } = hex(list);
    const details = at === undefined ? {} : { list: at };
    const answer = send(set(nexusToSet, length), { out: hex(list) });
    expect(answer).toEqual(refusal(codes, details, length));
    expect(send(report(true))).toEqual(good('00000000'));
    expect(send(TEST_UNIT_READY, { from })).toEqual(good());
  });

  it('refuses I_T_L NEXUS TO SET 11b', () => {
    expect(bench().send(set(3, 8))).toEqual(refusal('5/24/00', { cdb: [2, 7] }));
  });
});

/** SIMPLE tasks that wait for one ORDERED task, in the order in which they start then. */
async function started(
  tasks: readonly { readonly lba: number; readonly priority?: number }[],
  prepare: (device: Bench) => void = () => undefined,
): Promise<readonly string[]> {
  const backend = new HeldBackend();
  const device = bench({ backend });
  prepare(device);
  const first = device.sendAsync(READ_0, { attribute: 'ordered' });
  const rest = tasks.map(({ lba, priority }) =>
    device.sendAsync(`28 00 ${be(lba, 4)} 00 0001 00`, priority === undefined ? {} : { priority }),
  );
  backend.finish();
  await first;
  const order = backend.pending;
  while (backend.calls.length > 0) backend.finish();
  await Promise.all(rest);
  return order;
}

describe('a priority', () => {
  it('decides which of the SIMPLE tasks that may start does so first', async () => {
    const tasks = [{ lba: 1 }, { lba: 2, priority: 15 }, { lba: 3, priority: 1 }];
    expect(await started(tasks)).toEqual(['read 3+1', 'read 2+1', 'read 1+1']);
  });

  it('is that of the nexus where the task has none', async () => {
    const tasks = [{ lba: 1, priority: 5 }, { lba: 2 }];
    expect(await started(tasks)).toEqual(['read 1+1', 'read 2+1']);
    expect(await started(tasks, (device) => own(device, 4))).toEqual(['read 2+1', 'read 1+1']);
  });
});

describe('priority parameter data', () => {
  const one = { priority: 15, relativeTargetPortId: 2, transportId: hex('0f00 0004 41000000') };

  it('goes to bytes and back', () => {
    const bytes = encodePriorityData([one, { ...one, priority: 1 }]);
    expect(bytes.subarray(0, 12)).toEqual(hex('00000020 0f 00 0002 0000 0008'));
    expect(decodePriorityData(bytes)).toEqual([one, { ...one, priority: 1 }]);
  });

  it('cut off anywhere gives the descriptors that are whole', () => {
    const bytes = encodePriorityData([one, one]);
    for (let length = 0; length <= bytes.length; length++)
      expect(decodePriorityData(bytes.subarray(0, length))).toHaveLength(
        Math.max(0, Math.floor((length - 4) / 16)),
      );
  });

  it('has no code for a priority over 15', () => {
    expect(() => encodePriorityDescriptor({ ...one, priority: 16 })).toThrow(RangeError);
  });
});
