/**
 * Any sequence of commands by several initiators, against a model of the device that is written
 * down from the standards: data, thin provisioning, unit attentions, reservations, write
 * protection, a removable medium. `MODEL_RUNS` says how many sequences on each kind of backend.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { openFileBackend } from '../../src/backend/file/index.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { overlayBackend } from '../../src/backend/overlay.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import { bench, hex } from '../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS, NEXUSES, type Who } from './device-model/device.ts';
import type { Expected } from './device-model/exchange.ts';
import { exchange, step, type Step } from './device-model/steps.ts';
import { UnitModel } from './device-model/unit-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'scsi-target-device-'));
let files = 0;
const newFile = (): Promise<Backend> =>
  openFileBackend(join(folder, `disk-${files++}.img`), { size: BLOCKS * BLOCK });

const BACKENDS: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  memory: () => memoryBackend({ blocks: BLOCKS }),
  file: newFile,
  'overlay over memory': () => overlayBackend(memoryBackend({ blocks: BLOCKS })),
  'overlay over a file': async () => overlayBackend(await newFile()),
};

const runs = Number(process.env['MODEL_RUNS'] ?? 150);
const seed = Number(
  process.env['MODEL_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', ''),
);

/** Sense data as SPC lays it out: codes and INFORMATION, or what is wrong with its format. */
function senseOf(sense: Uint8Array, descriptor: boolean): string {
  const view = new DataView(sense.buffer, sense.byteOffset, sense.length);
  const codes = (key: number, asc: number, ascq: number): string =>
    [key, asc, ascq]
      .map((at, i) =>
        (sense[at]! & (i === 0 ? 0x0f : 0xff)).toString(16).padStart(i === 0 ? 1 : 2, '0'),
      )
      .join('/');
  if (descriptor) {
    const information = sense[8] === 0 && sense[7]! >= 12 ? ` ${view.getBigUint64(12)}` : '';
    return `72 ${codes(1, 2, 3)}${information}`.replace('72', sense[0]!.toString(16));
  }
  const information = sense[0]! >> 7 === 1 ? ` ${view.getUint32(3)}` : '';
  return `70 ${codes(2, 12, 13)}${information}`.replace('70', (sense[0]! & 0x7f).toString(16));
}

function expectedSense({ sense, information, descriptor }: Expected): string | undefined {
  if (sense === undefined) return undefined;
  return `${descriptor ? '72' : '70'} ${sense}${information === undefined ? '' : ` ${information}`}`;
}

async function play(backend: Backend, steps: readonly Step[]): Promise<void> {
  const { unit, target, sendAsync, start } = bench({ backend, removable: true });
  const port = target.addPort();
  const [first] = target.ports;
  const nexuses: Record<Who, Nexus> = {
    a1: first!.nexus('a'),
    b1: first!.nexus('b'),
    a2: port.nexus('a'),
  };
  const setUp = first!.nexus('set-up');
  await start('00 00000000 00', { from: setUp });
  const control = await sendAsync('1a 08 0a 00 ff 00', { from: setUp });
  const controlPage = control!.data.slice(4);
  controlPage[0]! &= 0x3f; // PS
  const model = new UnitModel({
    thin: unit.settings.thin,
    atomic: unit.settings.maxAtomicBlocks > 0,
    controlPage,
  });
  model.powerOn();
  for (const who of NEXUSES) unit.attentions(nexuses[who]);
  try {
    for (const action of steps) {
      const from = nexuses[action.who];
      const made = exchange(model, action);
      if ('manage' in made) {
        expect(await from.manage({ function: made.manage, lun: 0 })).toBe('FUNCTION COMPLETE');
        continue;
      }
      const { cdb, out, expected } = made;
      const answer = await sendAsync(cdb, { from, ...(out && { out, dataOutLength: out.length }) });
      const said =
        answer!.sense === undefined
          ? undefined
          : senseOf(answer!.sense, expected.descriptor ?? false);
      const what = `${action.who} ${action.do}: ${cdb}`;
      expect(`${what} ${answer!.status.toString(16)} ${said}`).toBe(
        `${what} ${expected.status.toString(16)} ${expectedSense(expected)}`,
      );
      const { data } = expected;
      if (typeof data === 'function') expect(data(answer!.data), what).toBeUndefined();
      else expect(Buffer.compare(answer!.data, data ?? hex('')), what).toBe(0);
    }
    const all = new Uint8Array(BLOCKS * BLOCK);
    await backend.read(0, all);
    expect(Buffer.compare(all, model.bytes), 'the medium').toBe(0);
  } finally {
    await target.close();
  }
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(Object.keys(BACKENDS))(
  `a disk of %s answers like the model (seed ${seed})`,
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        await play(await BACKENDS[kind]!(), steps);
      }),
      { numRuns: runs, seed },
    );
  },
  3_600_000,
);
