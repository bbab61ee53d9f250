import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { serveDisk } from '../../driver/pipe/served.ts';
import { testTerminal } from '../terminal.ts';

async function stgtest(...args: readonly string[]) {
  const terminal = testTerminal();
  const code = await run(['stgtest', ...args], terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

describe('scsi-target stgtest', () => {
  it('tests a unit behind a pipe', async () => {
    const { path } = await serveDisk();
    expect(await stgtest('-s', '1', path, '1000', 'WRUR', '*', '*')).toEqual({
      code: 0,
      out: `stgtest -s 1 ${path} 1000 WRUR * *\nOK\n`,
      err: '',
    });
  });

  it('does 10 000 operations over a Unix socket, all verified', async () => {
    const { path } = await serveDisk({ backend: memoryBackend({ blocks: 65_536 }) });
    const { code, err } = await stgtest('-s', '1', path, '10000', 'WRFU', '*', '*');
    expect([code, err]).toEqual([0, '']);
  });

  it('tests a unit behind iSCSI', async () => {
    const server = testTerminal();
    const serving = run(['serve', 'memory:1M', '--portal', '127.0.0.1:0', '--quiet'], server);
    const [url] = await server.waitFor(/iscsi:\S+/);
    expect(await stgtest(url, '500', 'WRFUR', '*', '*')).toMatchObject({ code: 0, err: '' });
    server.kill('SIGTERM');
    expect(await serving).toBe(0);
  });

  it('tests a unit behind iSCSI that wants CHAP', async () => {
    vi.stubEnv('STGTEST_SECRET', 'a secret of enough bytes');
    onTestFinished(() => void vi.unstubAllEnvs());
    const server = testTerminal();
    const chap = ['--chap', 'alice=env:STGTEST_SECRET'];
    const serve = ['serve', 'memory:1M', '--portal', '127.0.0.1:0', '--quiet', ...chap];
    const serving = run(serve, server);
    const [url] = await server.waitFor(/iscsi:\S+/);
    expect(await stgtest(url, '10')).toMatchObject({ code: 1 });
    expect(await stgtest(url, '10', ...chap)).toMatchObject({ code: 0, err: '' });
    server.kill('SIGTERM');
    expect(await serving).toBe(0);
  });

  it('has defaults: one operation, WR, block 0, one block', async () => {
    const { path } = await serveDisk();
    const { code, out } = await stgtest('-s', '7', path, '0');
    expect([code, out]).toEqual([0, `stgtest -s 7 ${path} 1 WR 0 1\nOK\n`]);
  });

  it('says what does not come back as it has to', async () => {
    const backend = memoryBackend({ blocks: 1024 });
    const lossy = {
      blockLength: 512,
      blocks: 1024,
      read: (lba: number, into: Uint8Array) => backend.read(lba, into),
      write: () => {},
      unmap: () => {},
    };
    const { path } = await serveDisk({ backend: lossy });
    expect(await stgtest(path, '2', 'WR', '5', '2')).toMatchObject({
      code: 1,
      err: 'scsi-target: Read(Address=0:00000005, Count=2): bad buffer: after Write\n',
    });
    backend.write(5, new Uint8Array(512).fill(1));
    expect(await stgtest(path, '2', 'UR', '5', '1')).toMatchObject({
      code: 1,
      err: 'scsi-target: Read(Address=0:00000005, Count=1): bad buffer: after Unmap\n',
    });
  });

  it('says what the unit refuses', async () => {
    const { path } = await serveDisk({ readOnly: true });
    const { code, err } = await stgtest(path, '1', 'W');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^scsi-target: Write\(Address=0:00000000, Count=1\): transact error: ScsiStatus=2, .*protect/i,
    );
  });

  it.each([
    ['many', 'WR', 'OpCount'],
    ['1', 'XY', 'has none of'],
  ])('refuses %s %s', async (operations, kinds, message) => {
    const { code, err } = await stgtest('nobody', operations, kinds);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('says that nobody serves a pipe', async () => {
    expect(await stgtest('./no/such/pipe', '1')).toMatchObject({
      code: 1,
      err: 'scsi-target: ./no/such/pipe: nobody serves it\n',
    });
  });
});
