import { describe, expect, it } from 'vitest';
import { CSCD_SELF, type CopyList } from '../../src/cdb/index.ts';
import { scriptedBackend } from '../../src/testing/scripted-backend.ts';
import { copyBench, extendedCopy, numbered, type CopyBench } from './copy-bench.ts';
import { be, good, refusal, settle } from './disk-under-test.ts';

/** Two disks, the writes to the second held back until the test lets them go. */
function held() {
  const inner = numbered(64, 128);
  const backend = scriptedBackend(inner, [{ op: 'write', action: 'hold' }]);
  return { at: copyBench({}, { backend }), backend, inner };
}

const toOther = (at: CopyBench, more: Partial<CopyList> = {}): Partial<CopyList> => ({
  listId: 9,
  cscds: [at.cscd(1)] as CopyList['cscds'],
  segments: [
    { type: 'block to block', source: CSCD_SELF, destination: 0, sourceLba: 3, blocks: 2 },
  ],
  ...more,
});

const status = (at: CopyBench): number =>
  at.send(`84 05 ${be(9, 4)} 00000000 000000ff 00 00`).data[5]!;

const ABORT = `83 1c ${be(9, 4)} 000000000000000000 00`;

describe('a copy in the background', () => {
  it('goes on when its command has ended, and can be asked for', async () => {
    const { at, backend } = held();
    const [cdb, how] = extendedCopy(toOther(at, { immed: true }), 'LID4');
    expect(at.send(cdb, how).status).toBe(0);
    expect(status(at)).toBe(0x12);
    await backend.proceedAll();
    await settle();
    expect(status(at)).toBe(0x01);
    expect(at.block(1, 1)[0]).toBe(4);
  });

  it('has its list identifier for itself', async () => {
    const { at, backend } = held();
    const [cdb, how] = extendedCopy(toOther(at, { immed: true }), 'LID4');
    at.send(cdb, how);
    expect(at.send(cdb, how)).toEqual(refusal('5/00/16', {}, how.out.length));
    await backend.proceedAll();
    await settle();
    expect(at.send(cdb, how).status).toBe(0);
  });

  it('writes nothing more once COPY OPERATION ABORT has ended', async () => {
    const { at, backend } = held();
    const { segments } = toOther(at);
    const twice = [...segments!, { ...segments![0]!, destinationLba: 40 }] as CopyList['segments'];
    const [cdb, how] = extendedCopy(toOther(at, { immed: true, segments: twice }), 'LID4');
    at.send(cdb, how);
    const aborted = at.sendAsync(ABORT);
    await backend.proceedAll();
    expect(await aborted).toEqual(good());
    expect(status(at)).toBe(0x60);
    expect(at.block(1, 40)[0]).toBe(168);
  });
});

it('COPY OPERATION ABORT does not know a list identifier of nobody', () => {
  expect(copyBench().send(ABORT)).toEqual(refusal('5/24/00', { cdb: [2] }));
});

it('a task that is aborted takes its copy with it', async () => {
  const { at, backend } = held();
  const { segments } = toOther(at);
  const twice = [...segments!, { ...segments![0]!, destinationLba: 40 }] as CopyList['segments'];
  const [cdb, how] = extendedCopy(toOther(at, { segments: twice }));
  const answer = at.sendAsync(cdb, { ...how, tag: 77_777 });
  const managed = at.nexus.manage({ function: 'ABORT TASK', lun: 0, tag: 77_777 });
  await backend.proceedAll();
  expect(await managed).toBe('FUNCTION COMPLETE');
  expect(await answer).toBeUndefined();
  expect(status(at)).toBe(0x60);
  expect(at.block(1, 40)[0]).toBe(168);
});

it('two copies in opposite directions over the same blocks both end', async () => {
  const first = scriptedBackend(numbered(64, 0), [{ op: 'write', action: 'hold' }]);
  const second = scriptedBackend(numbered(64, 128), [{ op: 'write', action: 'hold' }]);
  const at = copyBench({ backend: first }, { backend: second });
  const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
  const one = (source: number, listId: number) =>
    extendedCopy({
      listId,
      cscds,
      segments: [{ type: 'block to block', source, destination: 1 - source, blocks: 64 }],
    });
  const answers = [one(0, 1), one(1, 2)].map(async ([cdb, how]) => at.sendAsync(cdb, how));
  for (let i = 0; i < 4; i++) {
    await Promise.all([first.proceedAll(), second.proceedAll()]);
    await settle();
  }
  expect((await Promise.all(answers)).map((answer) => answer?.status)).toEqual([0, 0]);
});
