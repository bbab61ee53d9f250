import fc from 'fast-check';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { encodePdu } from '../../../src/transport/iscsi/pdu.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { INITIATOR, IQN, RawClient } from './raw-client.ts';
import { closeLater, serve, until } from './serving.ts';

/** Sends bytes and waits until the server has had its say or hung up. */
function pour(port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    socket.end(bytes);
  });
}

test('any bytes leave the server and its other sessions as they were', async () => {
  const { port, log } = await serve();
  const good = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
  closeLater(() => good.close());
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      await pour(port, bytes);
      expect((await good.ping(new Uint8Array([1]))).length).toBe(1);
    }),
    { numRuns: 60 },
  );
  expect(log.filter(({ level }) => level === 'error')).toEqual([]);
});

test.each([0, 1, 2] as const)(
  'any PDUs after a login at recovery level %i leave the server and its other sessions as they were',
  async (level) => {
    const { port, log, disk, server } = await serve({
      closeTimeout: 10,
      errorRecoveryLevel: level,
    });
    const good = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
    closeLater(() => good.close());
    const login = encodePdu(
      new RawClient(port).loginPdu([
        ['InitiatorName', INITIATOR],
        ['TargetName', IQN],
        ['InitialR2T', 'No'],
        ['ErrorRecoveryLevel', '2'],
        ['DefaultTime2Wait', '0'],
        ['DefaultTime2Retain', '0'],
      ]),
    );
    const opcodes = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x1c, 0x21, 0x3f];
    const pdu = fc
      .record({
        opcode: fc.constantFrom(...opcodes),
        immediate: fc.boolean(),
        flags: fc.nat(255),
        rest: fc.uint8Array({ minLength: 48, maxLength: 48 }),
        ahsWords: fc.constantFrom(0, 0, 0, 1, 2),
        tag: fc.nat(3),
        cmdSn: fc.nat(6),
        opcodeOfCdb: fc.constantFrom(0x00, 0x12, 0x28, 0x2a, 0xff),
        data: fc.uint8Array({ maxLength: 64 }),
      })
      .map(({ opcode, immediate, flags, rest, ahsWords, tag, cmdSn, opcodeOfCdb, data }) => {
        const header = Buffer.from(rest);
        header[0] = opcode | (immediate ? 0x40 : 0);
        // TARGET COLD RESET rightly ends the sessions of others, too.
        header[1] = opcode === 0x02 && (flags & 0x7f) === 7 ? 6 : flags;
        header[4] = ahsWords;
        header.writeUIntBE(data.length, 5, 3);
        header.fill(0, 8, 16);
        header.writeUInt32BE(tag, 16);
        header.writeUInt32BE(cmdSn, 24);
        if (opcode === 0x01) {
          header.writeUInt32BE((header[20] ?? 0) * 16, 20);
          header[32] = opcodeOfCdb;
        }
        const ahs = Buffer.alloc(ahsWords * 4, 0x02);
        return Buffer.concat([header, ahs, data, Buffer.alloc(-data.length & 3)]);
      });
    await fc.assert(
      fc.asyncProperty(fc.array(pdu, { maxLength: 12 }), async (pdus) => {
        await pour(port, Buffer.concat([login, ...pdus]));
        expect((await good.ping()).length).toBe(0);
      }),
      { numRuns: 80 },
    );
    expect(log.filter((event) => event.level === 'error')).toEqual([]);
    await until(() => server.sessions.length === 1);
    for (const nexus of disk.nexuses.values())
      if (nexus.initiator.startsWith(INITIATOR)) expect(nexus.running.size).toBe(0);
  },
);
