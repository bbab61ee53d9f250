/**
 * Runs the tests of the miniport's calls on Windows, one line each: `node ioctl-tests.mjs`. With the
 * argument `obey` it is the other process of such a test.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { openMiniport } from '../../driver/device/miniport.ts';
import {
  IOCTL_TESTS,
  MORE_TESTS,
  obey,
  type Order,
  type OtherProcess,
} from '../driver/device/ioctl-tests.ts';

async function startProcess(): Promise<OtherProcess> {
  const child = fork(fileURLToPath(import.meta.url), ['obey'], { stdio: 'ignore' });
  const answer = async (): Promise<number> => {
    const [value] = (await once(child, 'message')) as [number];
    return value;
  };
  const id = await answer();
  return {
    id,
    order(order) {
      child.send(order);
      return answer();
    },
    async exit() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

if (process.argv[2] === 'obey') {
  const miniport = await openMiniport();
  process.on('message', (order: Order) => {
    void obey(miniport, order).then((error) => process.send?.(error));
  });
  process.send?.(process.pid);
} else {
  const world = { open: () => openMiniport(), startProcess };
  for (const [name, test] of Object.entries({ ...IOCTL_TESTS, ...MORE_TESTS })) {
    const said = await test(world).then(
      () => 'ok',
      (error: unknown) => `failed: ${error instanceof Error ? error.stack : String(error)}`,
    );
    process.stdout.write(`${name} ${said}\n`);
  }
}
