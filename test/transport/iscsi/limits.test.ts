import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { resolveLimits } from '../../../src/transport/iscsi/options.ts';
import { closeLater, serve, until } from './serving.ts';

test('who has not logged in takes no place beyond the limit, and those who have go on', async () => {
  const { server, port, client, log } = await serve({ maxPendingLogins: 2 });
  const logged = client();
  await logged.login();
  const sockets = [1, 2].map(() => {
    const socket = connect(port, '127.0.0.1');
    closeLater(() => void socket.destroy());
    return socket;
  });
  await until(() => server.counters.connections === 3);
  const late = connect(port, '127.0.0.1');
  late.resume();
  await once(late, 'close');
  expect(log.map(({ message }) => message)).toContain(
    'connection refused: too many that have not logged in',
  );
  logged.send(logged.ping());
  await logged.expect('NOP-In');
  sockets[0]?.destroy();
  await until(() => server.counters.connections === 2);
  await client().login({}, { isid: new Uint8Array([0x80, 0, 0, 0, 0, 9]) });
});

test('docs/iscsi.md has every limit', () => {
  const page = readFileSync(new URL('../../../docs/iscsi.md', import.meta.url), 'utf8');
  const switches = [
    'initialR2T',
    'immediateData',
    'errorRecoveryLevel',
    'scsiEvents',
    'dataOutTimeout',
  ];
  for (const name of Object.keys(resolveLimits({})).filter((each) => !switches.includes(each)))
    expect(page.slice(page.indexOf('## Limits'))).toContain(`\`${name}\``);
});
