/** Failures of a backend as an iSCSI initiator sees them. */
import { describe, expect, test } from 'vitest';
import { ioError } from '../../../src/backend/file/errors.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { overlayBackend } from '../../../src/backend/overlay.ts';
import type { Backend } from '../../../src/backend/backend.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import { decodeSense } from '../../../src/sense/decode.ts';
import { scriptedBackend, type ScriptedBackend } from '../../../src/testing/scripted-backend.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { cdb10, IQN, pattern } from './raw-client.ts';
import { closeLater } from './serving.ts';

/** A session with a disk, past its power on. */
async function serve(backend: Backend): Promise<IscsiInitiator> {
  const target = createTarget([createDisk({ backend })]);
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
  closeLater(() => session.close());
  await session.execute({ lun: 0, cdb: new Uint8Array(6) });
  return session;
}

const flushable = (): ScriptedBackend =>
  scriptedBackend(Object.assign(memoryBackend({ blocks: 256 }), { flush: () => undefined }));

/** Sense key and codes, and the block, of a command that fails. */
async function failure(session: IscsiInitiator, cdb: Uint8Array): Promise<readonly unknown[]> {
  const writes = cdb[0] === 0x2a;
  const outcome = await session.execute({
    lun: 0,
    cdb,
    ...(writes ? { dataOut: pattern(512 * 8) } : { dataInLength: 512 * 8 }),
  });
  if (outcome.sense === undefined) return [outcome.status];
  const { key, asc, ascq, information } = decodeSense(outcome.sense)!;
  return [[key, asc, ascq].map((code) => code.toString(16)).join('/'), information];
}

const READ = cdb10(0x28, 8, 8);
const WRITE = cdb10(0x2a, 8, 8);
const FLUSH = cdb10(0x35, 0, 0);

describe('an error of the system', () => {
  test.each([
    ['EIO', 'read', READ, ['3/11/0', 10]],
    ['EIO', 'write', WRITE, ['3/c/0', 10]],
    ['EIO', 'flush', FLUSH, ['4/44/0', undefined]],
    ['ENOSPC', 'write', WRITE, ['7/27/7', 10]],
    ['ENOSPC', 'flush', FLUSH, ['7/27/7', undefined]],
    ['EDQUOT', 'write', WRITE, ['7/27/7', 10]],
    ['EROFS', 'write', WRITE, ['7/27/0', undefined]],
    ['ENXIO', 'read', READ, ['2/4/0', undefined]],
  ] as const)('%s in a %s ends its command, and no other', async (code, op, cdb, expected) => {
    const backend = flushable();
    const session = await serve(backend);
    const system = Object.assign(new Error(code), { code });
    const off = backend.on({
      op,
      action: { fail: ioError(system, op === 'flush' ? undefined : 10) },
    });
    expect(await failure(session, cdb)).toEqual(expected);
    expect(await failure(session, cdb)).toEqual(expected);
    off();
    expect(await failure(session, cdb)).toEqual([0]);
  });
});

describe('an overlay', () => {
  const failing = { fail: ioError(Object.assign(new Error('EIO'), { code: 'EIO' }), 10) };

  test('tells of a base that cannot be read, until the block is in the top', async () => {
    const base = scriptedBackend(memoryBackend({ blocks: 256 }));
    const session = await serve(overlayBackend(base));
    base.on({ op: 'read', action: failing });
    expect(await failure(session, READ)).toEqual(['3/11/0', 10]);
    expect(await failure(session, WRITE)).toEqual([0]);
    expect(await failure(session, READ)).toEqual([0]);
  });

  test('shows the base as before where its top cannot be written', async () => {
    const base = memoryBackend({ blocks: 256 });
    base.write(8, pattern(4096, 5));
    const top = scriptedBackend(memoryBackend({ blocks: 256 }));
    const session = await serve(overlayBackend(base, top));
    top.on({ op: 'write', action: failing });
    expect(await failure(session, WRITE)).toEqual(['3/c/0', 10]);
    const { dataIn } = await session.execute({ lun: 0, cdb: READ, dataInLength: 4096 });
    expect(dataIn).toEqual(pattern(4096, 5));
  });
});
