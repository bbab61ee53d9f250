import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePdu, encodePdu, PDU_SPECS } from '../../../src/transport/iscsi/pdu.ts';
import type { Pdu } from '../../../src/transport/iscsi/pdu.ts';
import { PduParser } from '../../../src/transport/iscsi/pdu-parser.ts';

const bytes = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, ''), 'hex'));
const LUN5 = bytes('0005000000000000');
const ISID = bytes('00023d000001');
const AB = bytes('6162');
const numbers = { statSn: 0x11, expCmdSn: 0x22, maxCmdSn: 0x33 };

function decode(wire: Uint8Array): Pdu | undefined {
  const parser = new PduParser();
  parser.push(wire);
  const frame = parser.next();
  if (frame === undefined || 'fault' in frame) throw new Error('no PDU');
  return decodePdu(frame);
}

/** Each kind of PDU as RFC 7143 section 11 draws it. */
const GOLDEN: readonly (readonly [Pdu, string])[] = [
  [
    {
      kind: 'NOP-Out',
      immediate: true,
      lun: LUN5,
      initiatorTaskTag: 0xffff_ffff,
      targetTransferTag: 7,
      cmdSn: 2,
      expStatSn: 3,
      data: AB,
    },
    `40 80 0000 # I, NOP-Out; F
     00 000002 # no AHS, 2 bytes of data
     0005000000000000 # LUN
     ffffffff 00000007 # no initiator tag, target transfer tag
     00000002 00000003 # CmdSN, ExpStatSN
     00000000000000000000000000000000
     6162 0000 # data, padding`,
  ],
  [
    {
      kind: 'SCSI Command',
      immediate: false,
      final: true,
      read: true,
      write: false,
      attribute: 3,
      priority: 5,
      lun: LUN5,
      initiatorTaskTag: 9,
      expectedLength: 0x200,
      cmdSn: 4,
      expStatSn: 5,
      cdb: bytes('28000000001000000100000000000000'),
      ahs: new Uint8Array(0),
      data: new Uint8Array(0),
    },
    `01 c3 5000 # SCSI Command; F, R, head of queue; PRI
     00 000000
     0005000000000000
     00000009 00000200 # task tag, expected data transfer length
     00000004 00000005
     28000000001000000100000000000000 # READ(10)`,
  ],
  [
    {
      kind: 'Task Management Request',
      immediate: true,
      function: 1,
      lun: LUN5,
      initiatorTaskTag: 10,
      referencedTaskTag: 9,
      cmdSn: 5,
      expStatSn: 6,
      refCmdSn: 4,
      expDataSn: 0,
    },
    `42 81 0000 # I, task management; ABORT TASK
     00 000000
     0005000000000000
     0000000a 00000009 # task tag, referenced task tag
     00000005 00000006
     00000004 00000000 # RefCmdSN, ExpDataSN
     0000000000000000`,
  ],
  [
    {
      kind: 'Login Request',
      transit: true,
      continued: false,
      currentStage: 1,
      nextStage: 3,
      versionMax: 0,
      versionMin: 0,
      isid: ISID,
      tsih: 0x102,
      initiatorTaskTag: 1,
      connectionId: 3,
      cmdSn: 1,
      expStatSn: 0,
      data: bytes('413d3100'),
    },
    `43 87 00 00 # I, login; T, from operational to full feature; versions
     00 000004
     00023d000001 0102 # ISID, TSIH
     00000001 0003 0000 # task tag, CID
     00000001 00000000
     00000000000000000000000000000000
     413d3100 # A=1`,
  ],
  [
    {
      kind: 'Text Request',
      immediate: false,
      final: true,
      continued: false,
      lun: LUN5,
      initiatorTaskTag: 2,
      targetTransferTag: 0xffff_ffff,
      cmdSn: 1,
      expStatSn: 2,
      data: bytes('413d3100'),
    },
    `04 80 0000 # Text; F
     00 000004
     0005000000000000
     00000002 ffffffff
     00000001 00000002
     00000000000000000000000000000000
     413d3100`,
  ],
  [
    {
      kind: 'SCSI Data-Out',
      final: true,
      lun: LUN5,
      initiatorTaskTag: 9,
      targetTransferTag: 0x77,
      expStatSn: 5,
      dataSn: 2,
      bufferOffset: 0x400,
      data: AB,
    },
    `05 80 0000 # Data-Out; F
     00 000002
     0005000000000000
     00000009 00000077
     00000000 00000005 # ExpStatSN
     00000000 00000002 # DataSN
     00000400 00000000 # buffer offset
     6162 0000`,
  ],
  [
    {
      kind: 'Logout Request',
      immediate: true,
      reason: 1,
      initiatorTaskTag: 8,
      connectionId: 3,
      cmdSn: 1,
      expStatSn: 2,
    },
    `46 81 0000 # I, logout; close the connection
     00 000000
     0000000000000000
     00000008 0003 0000 # task tag, CID
     00000001 00000002
     00000000000000000000000000000000`,
  ],
  [
    {
      kind: 'SNACK Request',
      type: 1,
      lun: LUN5,
      initiatorTaskTag: 0xffff_ffff,
      targetTransferTag: 0xffff_ffff,
      expStatSn: 2,
      begRun: 3,
      runLength: 4,
    },
    `10 81 0000 # SNACK; status
     00 000000
     0005000000000000
     ffffffff ffffffff
     00000000 00000002
     0000000000000000
     00000003 00000004 # BegRun, RunLength`,
  ],
  [
    {
      kind: 'NOP-In',
      ...numbers,
      lun: LUN5,
      initiatorTaskTag: 6,
      targetTransferTag: 0xffff_ffff,
      data: AB,
    },
    `20 80 0000
     00 000002
     0005000000000000
     00000006 ffffffff
     00000011 00000022 00000033 # StatSN, ExpCmdSN, MaxCmdSN
     000000000000000000000000
     6162 0000`,
  ],
  [
    {
      kind: 'SCSI Response',
      ...numbers,
      readOverflow: false,
      readUnderflow: true,
      overflow: true,
      underflow: false,
      response: 0,
      status: 2,
      initiatorTaskTag: 9,
      snackTag: 0,
      expDataSn: 1,
      readResidual: 0x10,
      residual: 0x20,
      data: bytes('0001 70'),
    },
    `21 8c 00 02 # response; u, O; completed at target, CHECK CONDITION
     00 000003
     0000000000000000
     00000009 00000000 # task tag, SNACK tag
     00000011 00000022 00000033
     00000001 # ExpDataSN
     00000010 00000020 # bidirectional read residual, residual
     0001 70 00 # SenseLength, sense, padding`,
  ],
  [
    {
      kind: 'Task Management Response',
      ...numbers,
      response: 1,
      information: 0x16_3f0e,
      initiatorTaskTag: 10,
    },
    `22 80 01 00 # task does not exist
     00 000000
     163f0e0000000000 # additional response information
     0000000a 00000000
     00000011 00000022 00000033
     000000000000000000000000`,
  ],
  [
    {
      kind: 'Login Response',
      ...numbers,
      transit: false,
      continued: false,
      currentStage: 0,
      nextStage: 0,
      versionMax: 0,
      versionActive: 0,
      isid: ISID,
      tsih: 0,
      initiatorTaskTag: 1,
      statusClass: 2,
      statusDetail: 3,
      data: new Uint8Array(0),
    },
    `23 00 00 00
     00 000000
     00023d000001 0000
     00000001 00000000
     00000011 00000022 00000033
     02 03 0000 # initiator error, not found
     0000000000000000`,
  ],
  [
    {
      kind: 'Text Response',
      ...numbers,
      final: false,
      continued: true,
      lun: LUN5,
      initiatorTaskTag: 2,
      targetTransferTag: 5,
      data: AB,
    },
    `24 40 0000 # C
     00 000002
     0005000000000000
     00000002 00000005
     00000011 00000022 00000033
     000000000000000000000000
     6162 0000`,
  ],
  [
    {
      kind: 'SCSI Data-In',
      ...numbers,
      final: true,
      acknowledge: false,
      overflow: false,
      underflow: true,
      hasStatus: true,
      status: 0,
      lun: LUN5,
      initiatorTaskTag: 9,
      targetTransferTag: 0xffff_ffff,
      dataSn: 1,
      bufferOffset: 0x2000,
      residual: 4,
      data: AB,
    },
    `25 83 00 00 # Data-In; F, U, S; GOOD
     00 000002
     0005000000000000
     00000009 ffffffff
     00000011 00000022 00000033
     00000001 00002000 00000004 # DataSN, buffer offset, residual
     6162 0000`,
  ],
  [
    {
      kind: 'Logout Response',
      ...numbers,
      response: 0,
      initiatorTaskTag: 8,
      time2Wait: 2,
      time2Retain: 20,
    },
    `26 80 00 00
     00 000000
     0000000000000000
     00000008 00000000
     00000011 00000022 00000033
     00000000 0002 0014 00000000 # Time2Wait, Time2Retain`,
  ],
  [
    {
      kind: 'R2T',
      ...numbers,
      lun: LUN5,
      initiatorTaskTag: 9,
      targetTransferTag: 0x77,
      r2tSn: 1,
      bufferOffset: 0x1000,
      desiredLength: 0x800,
    },
    `31 80 0000
     00 000000
     0005000000000000
     00000009 00000077
     00000011 00000022 00000033
     00000001 00001000 00000800 # R2TSN, buffer offset, desired length`,
  ],
  [
    {
      kind: 'Asynchronous Message',
      ...numbers,
      lun: LUN5,
      event: 1,
      vendorCode: 0,
      parameter1: 0,
      parameter2: 0,
      parameter3: 5,
      data: new Uint8Array(0),
    },
    `32 80 0000
     00 000000
     0005000000000000
     ffffffff 00000000
     00000011 00000022 00000033
     01 00 0000 0000 0005 00000000 # logout request, Parameter3: within 5 s`,
  ],
  [
    {
      kind: 'Reject',
      ...numbers,
      reason: 4,
      dataSn: 0,
      data: AB,
    },
    `3f 80 04 00 # protocol error
     00 000002
     0000000000000000
     ffffffff 00000000
     00000011 00000022 00000033
     000000000000000000000000
     6162 0000`,
  ],
];

describe('PDUs', () => {
  test('the golden bytes cover every kind', () => {
    expect(new Set(GOLDEN.map(([pdu]) => pdu.kind))).toEqual(new Set(Object.keys(PDU_SPECS)));
  });

  test.each(GOLDEN.map(([pdu, text]) => [pdu.kind, pdu, text] as const))(
    '%s has the bytes of RFC 7143 and is read back',
    (_, pdu, text) => {
      const wire = bytes(text);
      expect(Buffer.from(encodePdu(pdu)).toString('hex')).toBe(Buffer.from(wire).toString('hex'));
      expect(decode(wire)).toEqual(pdu);
    },
  );

  test('an opcode outside of RFC 7143 decodes to nothing', () => {
    const wire = new Uint8Array(48);
    wire[0] = 0x1c;
    expect(decode(wire)).toBeUndefined();
  });

  test('a LUN of 7 bytes is refused by the encoder', () => {
    const [[ping]] = GOLDEN as readonly [(typeof GOLDEN)[0]];
    expect(() => encodePdu({ ...ping, lun: new Uint8Array(7) } as Pdu)).toThrow(RangeError);
  });

  test('any header that decodes is encoded again to the same fields', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 48, maxLength: 48 }),
        fc.constantFrom(...Object.values(PDU_SPECS).map((spec) => spec.opcode)),
        (header, opcode) => {
          header[0] = ((header[0] ?? 0) & 0x40) | opcode;
          header.fill(0, 4, 8); // no segments
          const pdu = decodePdu({ header, ahs: new Uint8Array(0), data: new Uint8Array(0) });
          if (pdu === undefined) throw new Error('not decoded');
          expect(decode(encodePdu(pdu))).toEqual(pdu);
        },
      ),
    );
  });
});
