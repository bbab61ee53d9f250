import { decodeAllCommands } from '../../../src/cdb/report-supported-operation-codes.ts';
import { describe, expect, it } from 'vitest';
import { be, bench, good, hex, refusal } from '../disk-under-test.ts';

const report = (options: number, opcode = '00', action = '0000', length = 0xffff, rctd = false) =>
  `a3 0c ${be((rctd ? 0x80 : 0) | options, 1)} ${opcode} ${action} ${be(length, 4)} 00 00`;

interface Descriptor {
  readonly opcode: number;
  readonly action: number;
  readonly servactv: boolean;
  readonly ctdp: boolean;
  readonly length: number;
}

/** Reads all_commands parameter data; throws where its lengths are wrong. */
function parse(data: Uint8Array): Descriptor[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  expect(view.getUint32(0)).toBe(data.length - 4); // COMMAND DATA LENGTH
  const all: Descriptor[] = [];
  for (let at = 4; at < data.length;) {
    const flags = view.getUint8(at + 5);
    const ctdp = (flags & 2) !== 0;
    all.push({
      opcode: view.getUint8(at),
      action: view.getUint16(at + 2),
      servactv: (flags & 1) !== 0,
      ctdp,
      length: view.getUint16(at + 6),
    });
    if (ctdp) expect(data.subarray(at + 8, at + 20)).toEqual(hex('000a 00 00 00000000 00000000'));
    at += ctdp ? 20 : 8;
  }
  return all;
}

const all = (options?: Parameters<typeof bench>[0], rctd = false) =>
  parse(bench(options).send(report(0, '00', '0000', 0xffff, rctd)).data);

describe('all commands', () => {
  it('have those of this device, in every form', () => {
    const codes = new Set(all().map(({ opcode }) => opcode));
    const wanted = '00 03 08 0a 12 1a 1b 25 28 2a 35 42 5a 88 8a 91 9e a0 a3 a8 aa';
    expect([...hex(wanted)].filter((opcode) => !codes.has(opcode))).toEqual([]);
  });

  it('are ascending, each once', () => {
    const keys = all().map(({ opcode, action }) => opcode * 0x1_0000 + action);
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
  });

  it('have SERVACTV where there are service actions, and SERVICE ACTION 0 elsewhere', () => {
    for (const { opcode, servactv, action } of all()) {
      expect(servactv).toBe(
        [0x48, 0x5e, 0x5f, 0x7f, 0x83, 0x84, 0x9e, 0x9f, 0xa3, 0xa4].includes(opcode),
      );
      if (!servactv) expect(action).toBe(0);
    }
  });

  it('have the length that goes with their group code', () => {
    // Group 3 is that of the variable length CDB; there are only 32-byte ones.
    const lengths = [6, 10, 10, 32, 16, 12];
    for (const { opcode, length } of all()) expect(length).toBe(lengths[opcode >> 5]);
  });

  it('have no timeouts descriptor without RCTD, and each has one with it', () => {
    expect(all().some(({ ctdp }) => ctdp)).toBe(false);
    expect(all({}, true).every(({ ctdp }) => ctdp)).toBe(true);
  });

  it('leave UNMAP out on a fully provisioned unit', () => {
    expect(all({ thin: false }).some(({ opcode }) => opcode === 0x42)).toBe(false);
  });

  it('are cut to the allocation length, COMMAND DATA LENGTH unchanged', () => {
    const { send } = bench();
    const whole = send(report(0)).data;
    for (const length of [0, 1, 4, 5, 12, whole.length - 1, whole.length])
      expect(send(report(0, '00', '0000', length)).data).toEqual(whole.subarray(0, length));
  });
});

describe('one command', () => {
  const GOOD_MASKS: readonly (readonly [
    name: string,
    options: number,
    opcode: string,
    action: string,
    mask: string,
  ])[] = [
    ['TEST UNIT READY', 1, '00', '0000', '00 00 00 00 00 04'],
    ['INQUIRY', 1, '12', '0000', '12 01 ff ff ff 04'],
    ['READ(6)', 1, '08', '0000', '08 1f ff ff ff 04'],
    ['MODE SELECT(6)', 1, '15', '0000', '15 13 00 00 ff 04'],
    ['READ(10)', 1, '28', '0000', '28 f8 ff ff ff ff 00 ff ff 04'],
    ['WRITE(16)', 1, '8a', '0000', '8a f8 ff ff ff ff ff ff ff ff ff ff ff ff 00 04'],
    ['UNMAP', 1, '42', '0000', '42 01 00 00 00 00 00 ff ff 04'],
    ['SYNCHRONIZE CACHE(10)', 1, '35', '0000', '35 02 ff ff ff ff 00 ff ff 04'],
    ['READ CAPACITY(16)', 2, '9e', '0010', '9e 10 00 00 00 00 00 00 00 00 ff ff ff ff 00 04'],
    ['itself', 2, 'a3', '000c', 'a3 0c 87 ff ff ff ff ff ff ff 00 04'],
    [
      'READ CAPACITY(16), option 3',
      3,
      '9e',
      '0010',
      '9e 10 00 00 00 00 00 00 00 00 ff ff ff ff 00 04',
    ],
    ['READ(6), option 3', 3, '08', '0000', '08 1f ff ff ff 04'],
  ];
  it.each(GOOD_MASKS)(
    '%s: supported, and the bits that count',
    (_, options, opcode, action, mask) => {
      const length = hex(mask).length;
      const answer = good(`00 03 ${be(length, 2)} ${mask}`); // SUPPORT 011b
      expect(bench().send(report(options, opcode, action))).toEqual(answer);
    },
  );

  it('with RCTD has CTDP and a timeouts descriptor', () => {
    const answer = good('00 83 0006 00 00 00 00 00 04 000a 00 00 00000000 00000000');
    expect(bench().send(report(1, '00', '0000', 255, true))).toEqual(answer);
  });

  const UNSUPPORTED = good('00 01 0000'); // SUPPORT 001b
  it.each([
    ['an operation code that is not there', 1, 'c0', '0000'],
    ['an operation code that is not there', 2, 'c0', '0001'],
    ['an operation code that is not there', 3, 'c0', '0000'],
    ['a service action that is not there', 2, '9e', '001f'],
    ['a service action that is not there', 3, '9e', '001f'],
    ['a service action of 16 bits', 2, '9e', '0110'],
  ])('%s, option %d: not supported', (_, options, opcode, action) => {
    expect(bench().send(report(options, opcode, action))).toEqual(UNSUPPORTED);
  });

  it('UNMAP on a fully provisioned unit: not supported', () => {
    expect(bench({ thin: false }).send(report(1, '42'))).toEqual(UNSUPPORTED);
  });

  it('option 1 is refused for an operation code with service actions, at REPORTING OPTIONS', () => {
    expect(bench().send(report(1, '9e', '0010'))).toEqual(refusal('5/24/00', { cdb: [2, 2] }));
  });

  it('option 2 is refused for one without, at REPORTING OPTIONS', () => {
    expect(bench().send(report(2, '12'))).toEqual(refusal('5/24/00', { cdb: [2, 2] }));
  });

  it.each([4, 5, 6, 7])('option %d is refused', (options) => {
    expect(bench().send(report(options, '12'))).toEqual(refusal('5/24/00', { cdb: [2, 2] }));
  });

  it('agrees with the list for every command on it', () => {
    const { send } = bench();
    for (const { opcode, action, servactv, length } of all()) {
      const [code, sa] = [be(opcode, 1), be(action, 2)];
      const { data } = send(report(servactv ? 2 : 1, code, sa));
      expect([data[1], data[3], data[4]]).toEqual([3, length, opcode]);
      expect(send(report(servactv ? 1 : 2, code, sa)).status).toBe(2);
    }
  });

  it('has no READ(32) where there is no type 2 protection, and READ(32) is no operation code there', () => {
    const { send } = bench();
    expect(send(report(2, '7f', '0009')).data[1]).toBe(1); // SUPPORT 001b: not supported
    expect(
      send(`7f 00 00000000 00 18 0009 00 00 ${be(0, 8)} ${be(0, 8)} ${be(1, 4)}`), // READ(32)
    ).toEqual(refusal('5/20/00', { cdb: [0] }));
  });

  it('knows service actions of 16 bits', () => {
    const { data } = bench().send(report(2, '7f', '000e')); // ORWRITE(32)
    // SUPPORT 011b, CDB SIZE, then BMOP, policy and the service action.
    expect(data.subarray(0, 14)).toEqual(hex('00 03 0020 7f 04 07 0f 0000 00 18 000e'));
  });

  it.each([
    ['READ(10)', '28', 6, '28 00 00000000 3f 0001 00'],
    ['READ(12)', 'a8', 10, 'a8 00 00000000 00000001 3f 00'],
    ['READ(16)', '88', 14, '88 00 0000000000000000 00000001 3f 00'],
    ['UNMAP', '42', 6, '42 00 00000000 3f 0000 00'],
  ])('says that GROUP NUMBER of %s is not evaluated, as GROUP_SUP does', (_, opcode, byte, cdb) => {
    const { send } = bench();
    const extendedInquiry = send('12 01 86 0040 00').data;
    expect(extendedInquiry[5]! & 0x10).toBe(0); // GROUP_SUP
    expect(send(report(1, opcode)).data[4 + byte]).toBe(0); // CDB USAGE DATA
    expect(send(cdb).status).toBe(0);
  });

  it('is cut to every allocation length', () => {
    const { send } = bench();
    const whole = send(report(1, '28')).data;
    for (let length = 0; length <= whole.length; length++)
      expect(send(report(1, '28', '0000', length)).data).toEqual(whole.subarray(0, length));
  });
});

describe('every command that is listed', () => {
  const { send } = bench({ removable: true });
  const listed = decodeAllCommands(send('a3 0c 00 00 0000 0000ffff 00 00').data);

  it.each(listed.map(({ opcode, serviceAction }) => [be(opcode, 1), serviceAction] as const))(
    '%s/%s is also reported on its own, with its usage data',
    (opcode, serviceAction) => {
      const option = serviceAction === undefined ? '01' : '02';
      const { data } = send(
        `a3 0c ${option} ${opcode} ${be(serviceAction ?? 0, 2)} 0000ffff 00 00`,
      );
      expect(data[1]).toBe(3); // SUPPORT: as the standard has it
      expect(data[4]).toBe(Number.parseInt(opcode, 16));
    },
  );
});
