import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Command, lunOf } from '../../../src/transport/iscsi/command.ts';
import type { Connection } from '../../../src/transport/iscsi/connection.ts';
import { operationalParameters } from '../../../src/transport/iscsi/negotiation.ts';
import { decodePduAs } from '../../../src/transport/iscsi/pdu.ts';
import { decodeLun } from '../../../src/scsi/lun.ts';

const none = new Uint8Array(0);
const connection = {
  parameters: operationalParameters(new Map()),
  requestData: () => 0,
  reserve: () => {},
  giveBack: () => {},
} as unknown as Connection;

test('a command read from its header directly is what the row of data says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (header) => {
      header[0] = ((header[0] ?? 0) & 0x40) | 1;
      const frame = { header, ahs: none, data: none };
      const pdu = decodePduAs('SCSI Command', frame);
      const command = new Command(frame, pdu.cdb, 0, connection);
      expect([command.immediate, command.read, command.write]).toEqual([
        pdu.immediate,
        pdu.read,
        pdu.write,
      ]);
      expect([command.tag, command.cmdSn]).toEqual([pdu.initiatorTaskTag, pdu.cmdSn]);
      expect(command.lun).toBe(decodeLun(pdu.lun));
      expect(command.dataOutLength).toBe(pdu.write ? pdu.expectedLength : 0);
      expect(command.dataInLength).toBe(pdu.read && !pdu.write ? pdu.expectedLength : 0);
    }),
  );
});

test('the LUN read from a header is that of its 8 bytes', () => {
  const nearlyZero = fc.array(fc.constantFrom(0, 0, 0, 1, 0x40, 0xff), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(
    fc.property(nearlyZero, (lun) => {
      const header = new Uint8Array(48);
      header.set(lun, 8);
      expect(lunOf(header)).toBe(decodeLun(Uint8Array.from(lun)));
    }),
  );
});
