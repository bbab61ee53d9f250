import { describe, expect, test } from 'vitest';
import { IscsiError } from '../../../src/transport/iscsi/initiator-error.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import type { IscsiInitiatorOptions } from '../../../src/transport/iscsi/initiator-options.ts';
import { check } from './fake-target.ts';
import { cdb10, IQN, pattern } from './raw-client.ts';
import { closeLater, gate, serve, until } from './serving.ts';

async function session(
  port: number,
  options: Partial<IscsiInitiatorOptions> = {},
): Promise<IscsiInitiator> {
  const made = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port,
    targetName: IQN,
    ...options,
  });
  closeLater(() => made.close());
  return made;
}

describe('the initiator', () => {
  test('reads and writes', async () => {
    const { port } = await serve();
    const one = await session(port);
    const dataOut = pattern(2048);
    const written = await one.execute({ lun: 0, cdb: cdb10(0x2a, 5, 4), dataOut });
    expect(written).toEqual({ status: 0, dataIn: new Uint8Array(0), residual: 0 });
    const read = await one.execute({ lun: 0, cdb: cdb10(0x28, 5, 4), dataInLength: 2048 });
    expect(read).toEqual({ status: 0, dataIn: dataOut, residual: 0 });
  });

  test.each([
    ['by R2T alone', { InitialR2T: 'Yes', ImmediateData: 'No', MaxBurstLength: '8192' }],
    ['unsolicited first', { InitialR2T: 'No', ImmediateData: 'No', FirstBurstLength: '4096' }],
    ['immediate first', { InitialR2T: 'Yes', ImmediateData: 'Yes', FirstBurstLength: '4096' }],
    ['in many small PDUs', { MaxRecvDataSegmentLength: '512' }],
  ] as const)('moves 100 000 bytes each way, %s', async (_, keys) => {
    const { port, disk } = await serve({ maxRecvDataSegmentLength: 4096 });
    const one = await session(port, { keys });
    const dataOut = pattern(100_352);
    const { status } = await one.execute({ lun: 0, cdb: cdb10(0x2a, 0, 196), dataOut });
    expect(status).toBe(0);
    expect(disk.bytes.subarray(0, dataOut.length)).toEqual(dataOut);
    const read = await one.execute({ lun: 0, cdb: cdb10(0x28, 0, 196), dataInLength: 100_352 });
    expect(read.dataIn).toEqual(dataOut);
  });

  test('leaves data-in as it was while later commands are under way', async () => {
    const { port, disk } = await serve({}, 512);
    disk.bytes.set(pattern(disk.bytes.length));
    const one = await session(port);
    // 8 to 64 KiB: from 16 KiB on the memory of a PDU is used again.
    const reads = Array.from({ length: 64 }, (_, i) => ({ lba: i * 3, blocks: 16 << (i % 4) }));
    const outcomes = await Promise.all(
      reads.map(({ lba, blocks }) =>
        one.execute({ lun: 0, cdb: cdb10(0x28, lba, blocks), dataInLength: blocks * 512 }),
      ),
    );
    for (const [i, { lba, blocks }] of reads.entries()) {
      const expected = disk.bytes.subarray(lba * 512, (lba + blocks) * 512);
      expect(Buffer.compare(outcomes[i]!.dataIn, expected)).toBe(0);
    }
  });

  test('gives sense data and residuals as results', async () => {
    const { port } = await serve();
    const one = await session(port);
    const bad = await one.execute({ lun: 0, cdb: cdb10(0x28, 9999, 1), dataInLength: 512 });
    expect(bad).toEqual({
      status: 2,
      dataIn: new Uint8Array(0),
      sense: check([5, 0x21, 0]).sense,
      residual: 512,
    });
    const short = await one.execute({ lun: 0, cdb: cdb10(0x28, 0, 1), dataInLength: 100 });
    expect([short.dataIn.length, short.residual]).toEqual([100, -412]);
  });

  test('keeps to the command window', async () => {
    const { port, disk } = await serve({ commandWindow: 2 });
    const one = await session(port);
    const end = gate();
    disk.behaviour = (task) => end.promise.then(() => disk.run(task));
    const all = Array.from({ length: 9 }, () => one.execute({ lun: 0, cdb: cdb10(0, 0, 0) }));
    await until(() => disk.log.length === 2);
    await one.ping();
    expect(disk.log.length).toBe(2);
    end.open();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(9).fill(0));
  });

  test('discovers targets', async () => {
    const { port } = await serve();
    const one = await IscsiInitiator.connect({ host: '127.0.0.1', port });
    expect(await one.discover()).toEqual([{ name: IQN, addresses: [`127.0.0.1:${port},1`] }]);
    await one.logout();
  });

  test('aborts a task', async () => {
    const { port, disk } = await serve();
    const one = await session(port);
    disk.behaviour = () => new Promise(() => {});
    const tag = one.nextTag;
    void one.execute({ lun: 0, cdb: cdb10(0, 0, 0) }).catch(() => {});
    await until(() => disk.log.length === 1);
    expect(await one.manage({ function: 'ABORT_TASK', lun: 0, tag })).toBe(0);
    expect(disk.managed[0]).toMatchObject({ function: 'ABORT TASK', tag });
  });

  test('answers the pings of the target', async () => {
    const { port, server } = await serve({ nopInterval: 5, nopTimeout: 100 });
    const one = await session(port);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(server.sessions).toHaveLength(1);
    expect(await one.ping(pattern(9))).toEqual(pattern(9));
  });

  test('says why a login was refused', async () => {
    const { port } = await serve();
    const failure = await session(port, { targetName: `${IQN}x` }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IscsiError);
    expect(failure).toMatchObject({ code: 'ISCSI_LOGIN_REFUSED', loginStatus: 0x0203 });
    expect((failure as IscsiError).message).toBe('login refused: not found (0203h)');
  });

  test('says where a redirect leads that it does not follow', async () => {
    const { port, server } = await serve();
    server.changeTarget(IQN, { redirect: { address: '192.0.2.8:3260' } });
    await expect(session(port, { maxRedirects: 0 })).rejects.toThrow(
      'login refused: target moved temporarily (0101h), to 192.0.2.8:3260',
    );
  });

  test('fails what is under way, and all after, when the connection is lost', async () => {
    const { port, server, disk } = await serve();
    const one = await session(port);
    disk.behaviour = () => new Promise(() => {});
    const pending = one.execute({ lun: 0, cdb: cdb10(0, 0, 0) });
    await until(() => disk.log.length === 1);
    void server.close({ graceful: false });
    await expect(pending).rejects.toMatchObject({ code: 'ISCSI_CONNECTION_LOST' });
    await expect(one.ping()).rejects.toMatchObject({ code: 'ISCSI_CONNECTION_LOST' });
  });

  test('fails to connect where nobody listens', async () => {
    const { port, server } = await serve();
    await server.close();
    await expect(session(port)).rejects.toMatchObject({
      code: 'ISCSI_CONNECTION_LOST',
      message: `connection failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });
});
