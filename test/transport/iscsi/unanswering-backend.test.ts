/** A backend that does not answer, behind a server: what else goes on, and what happens when it answers after all. */
import { describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import {
  decodeRodTokenInformation,
  encodeCdb,
  encodePopulateTokenList,
  encodeWriteUsingTokenList,
  type RequestInit,
} from '../../../src/cdb/index.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import type { Target } from '../../../src/scsi/target.ts';
import { decodeSense } from '../../../src/sense/decode.ts';
import { manualClock, type ManualClock } from '../../../src/testing/manual-clock.ts';
import { scriptedBackend, type ScriptedBackend } from '../../../src/testing/scripted-backend.ts';
import type { CommandOutcome } from '../../../src/transport/initiator.ts';
import type { InitiatorCommand } from '../../../src/transport/iscsi/initiator-exchange.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { cdb10, IQN, pattern } from './raw-client.ts';
import { closeLater, until } from './serving.ts';

const TEST_UNIT_READY = new Uint8Array(6);
const ABORT_TIMEOUT = 30_000;
/** Commands that a session may have under way. */
const WINDOW = 8;

interface Bench {
  /** LUN 0; what is held there never ends by itself. LUN 1 is well. */
  readonly backend: ScriptedBackend;
  readonly clock: ManualClock;
  readonly target: Target;
  readonly server: IscsiServer;
  readonly login: () => Promise<IscsiInitiator>;
  /** Lets as much time pass as task management waits for a backend. */
  readonly giveUp: () => Promise<void>;
}

async function bench(): Promise<Bench> {
  const clock = manualClock();
  const backend = scriptedBackend(memoryBackend({ blocks: 256 }), [
    { op: ['read', 'write', 'clone'], action: 'hold' },
  ]);
  const target = createTarget(
    [
      createDisk({ backend, abortTimeout: ABORT_TIMEOUT }),
      createDisk({ backend: memoryBackend({ blocks: 256 }) }),
    ],
    { clock },
  );
  const server = new IscsiServer({ commandWindow: WINDOW, closeTimeout: 50, logoutTimeout: 50 });
  closeLater(() => target.close());
  closeLater(() => backend.proceedAll());
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const login = async (): Promise<IscsiInitiator> => {
    const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
    closeLater(() => session.close());
    for (const lun of [0, 1]) await session.execute({ lun, cdb: TEST_UNIT_READY }); // the power on
    return session;
  };
  const giveUp = async (): Promise<void> => {
    await until(() => clock.pending > 0);
    clock.advance(ABORT_TIMEOUT);
  };
  return { backend, clock, target, server, login, giveUp };
}

/** A command that may end without an answer. */
function begin(
  session: IscsiInitiator,
  command: InitiatorCommand,
): Promise<CommandOutcome | Error> {
  return session.execute(command).catch((error: unknown) => error as Error);
}

const READ_0: InitiatorCommand = { lun: 0, cdb: cdb10(0x28, 0, 1), dataInLength: 512 };
const write = (lba: number): InitiatorCommand => ({
  lun: 0,
  cdb: cdb10(0x2a, lba, 1),
  dataOut: pattern(512, lba),
});

async function senseOf(outcome: Promise<CommandOutcome>): Promise<string> {
  const { status, sense } = await outcome;
  if (status !== 2 || sense === undefined) return `status ${status}`;
  const { key, asc, ascq } = decodeSense(sense)!;
  return [key, asc, ascq].map((code) => code.toString(16)).join('/');
}

const LOGICAL_UNIT_TIMEOUT = '4/3e/2';

describe('a command that the backend does not answer', () => {
  test.each([
    ['ABORT_TASK', 0],
    ['ABORT_TASK_SET', 0],
    ['CLEAR_TASK_SET', 0],
    ['LOGICAL_UNIT_RESET', 1],
    ['TARGET_WARM_RESET', 1],
  ] as const)(
    'is given up on by %s, and the unit fenced until it is answered',
    async (name, attentions) => {
      const { backend, login, giveUp } = await bench();
      const session = await login();
      const { nextTag: tag, nextCmdSn: refCmdSn } = session;
      const lost = begin(session, write(5));
      const held = await backend.nextHeld();
      const managed = session.manage({ function: name, lun: 0, tag, refCmdSn });
      await giveUp();
      expect(await managed).toBe(0);
      expect(await lost).toMatchObject({ code: 'ISCSI_TASK_ABORTED' });
      for (let i = 0; i < attentions; i++)
        expect(await senseOf(session.execute({ lun: 0, cdb: TEST_UNIT_READY }))).toMatch(/^6\/29/);
      expect(await senseOf(session.execute(READ_0))).toBe(LOGICAL_UNIT_TIMEOUT);

      await held.proceed(); // late, but it counts: the initiator was told nothing of it
      await until(() => backend.held.length === 0);
      const read = begin(session, { ...READ_0, cdb: cdb10(0x28, 5, 1) });
      await (await backend.nextHeld()).proceed();
      expect(await read).toMatchObject({ status: 0, dataIn: pattern(512, 5) });
    },
  );

  test('leaves other LUNs and other sessions alone, also when it has all of its session', async () => {
    const { backend, login, giveUp } = await bench();
    const [one, two] = [await login(), await login()];
    const hung = Array.from({ length: WINDOW }, (_, lba) => begin(one, write(lba)));
    await until(() => backend.held.length === WINDOW);
    expect((await two.execute({ ...READ_0, lun: 1 })).status).toBe(0);
    const reset = one.manage({ function: 'LOGICAL_UNIT_RESET', lun: 0 });
    await giveUp();
    expect(await reset).toBe(0);
    for (const end of await Promise.all(hung))
      expect(end).toMatchObject({ code: 'ISCSI_TASK_ABORTED' });
    // The window of the session is whole again, though none of the calls has ended.
    for (let i = 0; i < 3 * WINDOW; i++)
      expect((await one.execute({ ...READ_0, lun: 1 })).status).toBe(0);
    expect(backend.held).toHaveLength(WINDOW);
  });

  test.each(['ordered', 'head of queue', 'simple'] as const)(
    'does not keep one with the attribute %s waiting once it has been given up on',
    async (attribute) => {
      const { backend, login, giveUp } = await bench();
      const session = await login();
      const lost = begin(session, { ...write(5), attribute: 'head of queue' });
      await backend.nextHeld();
      const managed = session.manage({ function: 'ABORT_TASK_SET', lun: 0 });
      await giveUp();
      await managed;
      await lost;
      expect(await senseOf(session.execute({ lun: 0, cdb: TEST_UNIT_READY, attribute }))).toBe(
        LOGICAL_UNIT_TIMEOUT,
      );
    },
  );

  test('is waited for once, however often it is tried again', async () => {
    const { backend, clock, login, giveUp } = await bench();
    const session = await login();
    const lost = begin(session, write(5));
    await backend.nextHeld();
    const first = session.manage({ function: 'ABORT_TASK_SET', lun: 0 });
    await giveUp();
    expect(await first).toBe(0);
    await lost;
    const { pending } = clock;
    for (let i = 0; i < 50; i++) {
      expect(await session.manage({ function: 'ABORT_TASK_SET', lun: 0 })).toBe(0);
      expect(await senseOf(session.execute(write(i)))).toBe(LOGICAL_UNIT_TIMEOUT);
    }
    expect(clock.pending).toBe(pending);
    expect(backend.calls).toHaveLength(1);
  });

  test('is not waited for by a logout longer than by task management', async () => {
    const { backend, login, giveUp, server } = await bench();
    const session = await login();
    const lost = begin(session, write(5));
    await backend.nextHeld();
    const loggedOut = session.logout();
    await giveUp();
    await loggedOut;
    expect(await lost).toMatchObject({ name: 'IscsiError' });
    const again = await login();
    expect(await senseOf(again.execute(READ_0))).toBe(LOGICAL_UNIT_TIMEOUT);
    expect(server.sessions).toHaveLength(1);
  });

  test('outlives its connection, and the unit is fenced for who comes back', async () => {
    const { backend, login, giveUp } = await bench();
    for (let lost = 0; lost < 3; lost++) {
      const session = await login();
      void begin(session, write(5));
      if (lost === 0) await backend.nextHeld();
      await session.close();
      if (lost === 0) await giveUp();
    }
    expect(backend.held).toHaveLength(1);
    await backend.proceedAll();
    const session = await login();
    const read = begin(session, { ...READ_0, cdb: cdb10(0x28, 5, 1) });
    await (await backend.nextHeld()).proceed();
    expect(await read).toMatchObject({ status: 0, dataIn: pattern(512, 5) });
  });

  test('may be a background copy: a reset does not wait for it for ever', async () => {
    const { backend, login, giveUp } = await bench();
    const session = await login();
    const send = (lun: number, request: RequestInit, dataOut?: Uint8Array) =>
      session.execute({
        lun,
        cdb: encodeCdb(request),
        ...(dataOut === undefined ? { dataInLength: 4096 } : { dataOut }),
      });
    const list = encodePopulateTokenList({ ranges: [{ lba: 0, blocks: 8 }] });
    const from = { listId: 5, parameterListLength: list.length };
    expect((await send(1, { op: 'POPULATE TOKEN', ...from }, list)).status).toBe(0);
    const info = { listId: 5, allocationLength: 4096 };
    const { dataIn } = await send(1, { op: 'RECEIVE ROD TOKEN INFORMATION', ...info });
    const token = decodeRodTokenInformation(dataIn)!;
    const use = encodeWriteUsingTokenList({
      token,
      ranges: [{ lba: 0, blocks: 8 }],
      immed: true,
    });
    const to = { listId: 6, parameterListLength: use.length };
    expect((await send(0, { op: 'WRITE USING TOKEN', ...to }, use)).status).toBe(0);
    const held = await backend.nextHeld();
    const reset = session.manage({ function: 'LOGICAL_UNIT_RESET', lun: 0 });
    await giveUp();
    expect(await reset).toBe(0);
    expect(await senseOf(session.execute(READ_0))).toMatch(/^6\/29/);
    expect(await senseOf(session.execute(READ_0))).toBe(LOGICAL_UNIT_TIMEOUT);
    await held.proceed();
    await backend.proceedAll();
  });

  test('does not keep the server from closing', async () => {
    const { backend, login, giveUp, server, target } = await bench();
    const session = await login();
    const lost = begin(session, write(5));
    await backend.nextHeld();
    const closed = server.close();
    await giveUp();
    await closed;
    expect(await lost).toMatchObject({ name: 'IscsiError' });
    await target.close();
  });
});
