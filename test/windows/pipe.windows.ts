/** The pipe transport on Windows: our server and our client, under Wine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../interop/programs.ts';
import { FOLDER, prepare, PROGRAMS, startWindows, windows } from './wine.ts';

let served = 0;

/** Serves 8192 blocks of memory. */
async function serve() {
  const name = `disk-${process.pid}-${++served}`;
  const stopFile = `${name}.stop`;
  const server = startWindows('node.exe', ['pipe-server.mjs', name, stopFile]);
  const [, path = ''] = await server.waitFor(/^serving (\S+)\r?\n/m);
  const stop = () => {
    writeFileSync(join(FOLDER, stopFile), '');
    return server.ended;
  };
  return { name, path, stopFile, server, stop };
}

const client = (...args: readonly string[]) => windows('pipe-client.exe', args);
const cli = (...args: readonly string[]) => windows('node.exe', ['dist/cli/main.js', ...args]);

describeWith(PROGRAMS, 'the pipe server on Windows', () => {
  beforeAll(prepare, 300_000);

  it('is a pipe of messages under the name with its index', async () => {
    const { name, path, stop } = await serve();
    expect(path).toBe(String.raw`\\.\pipe` + `\\${name}\\0`);
    expect((await stop()).code).toBe(0);
  });

  it('serves 10 000 operations of a C client in message mode, all verified', async () => {
    const { path, stop } = await serve();
    const { code, stdout } = await client(path, 'verify', '10000');
    expect([code, stdout]).toEqual([0, 'OK 10000: 2498 R, 2511 W, 2492 F, 2499 U\n']);
    await stop();
  });

  it('survives bad messages, a second client and clients that vanish', async () => {
    const { path, stop } = await serve();
    expect(await client(path, 'attack')).toMatchObject({ code: 0, stdout: 'OK\n' });
    expect(await client(path, 'verify', '100')).toMatchObject({ code: 0 });
    await stop();
  });

  it('answers what it took before it ends, and has it', async () => {
    const { path, stopFile, server } = await serve();
    const held = await client(path, 'hold', stopFile);
    const answers = Number(/^OK (\d)\n$/.exec(held.stdout)?.[1]);
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    const marks = ['80', '81', '82', '83', '84', '85', '86', '87'].slice(0, answers);
    const none = Array.from({ length: 8 - answers }, () => '0');
    expect(stdout).toContain(`stopped ${[...marks, ...none].join(' ')}`);
  });

  it('finds its name taken by another', async () => {
    const { name, stop } = await serve();
    const { code, stderr } = await cli('winspd', 'serve', 'memory:1M', '--pipe', name);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is served already')]);
    await stop();
  });

  it('is tested by our stgtest, through our client', async () => {
    const { path, stop } = await serve();
    const { code, stdout } = await cli('stgtest', '-s', '1', path, '2000', 'WRFUR', '*', '*');
    expect([code, stdout]).toEqual([0, `stgtest -s 1 ${path} 2000 WRFUR * *\nOK\n`]);
    await stop();
  });

  it('is `scsi-target winspd serve` too', async () => {
    const name = `cli-${process.pid}`;
    const args = ['dist/cli/main.js', 'winspd', 'serve', '-f', `${name}.img`, '-c', '8192'];
    const server = startWindows('node.exe', [...args, '--pipe', name]);
    const [, path = ''] = await server.waitFor(/^(\S+) {2}file:/m);
    // Wine's file systems have no holes, so the file cannot be unmapped there.
    expect(await cli('stgtest', path, '500', 'WRFR', '*', '*')).toMatchObject({ code: 0 });
    server.kill();
    await server.ended;
  });
});
