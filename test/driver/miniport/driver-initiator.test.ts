import { expect, it } from 'vitest';
import { driverInitiator, type PassThroughCommand } from '../../../driver/index.ts';

/** A driver that notes what is sent, and answers this. */
function driver(answer: {
  readonly status: number;
  readonly moved: number;
  readonly sense?: Uint8Array;
}) {
  const sent: { readonly btl: number; readonly command: PassThroughCommand }[] = [];
  const { status, moved, sense = new Uint8Array(0) } = answer;
  const data = new Uint8Array(moved);
  let closed = false;
  const initiator = driverInitiator(
    {
      async execute(btl, command) {
        sent.push({ btl, command });
        return {
          status,
          moved,
          sense,
          data: command.dataOut === undefined ? data : new Uint8Array(0),
        };
      },
      async close() {
        closed = true;
      },
    },
    { bus: 1, target: 2 },
  );
  return { initiator, sent, closed: () => closed };
}

const cdb = Uint8Array.of(0x12, 0, 0, 0, 255, 0);

it('a command goes to its bus, target and LUN, and what was not moved is the residual', async () => {
  const { initiator, sent, closed } = driver({ status: 0, moved: 36 });
  const outcome = await initiator.execute({ lun: 3, cdb, dataInLength: 255 });
  expect(outcome).toEqual({ status: 0, dataIn: new Uint8Array(36), residual: 219 });
  expect(sent).toEqual([{ btl: 0x1_02_03, command: { cdb, dataInLength: 255 } }]);
  await initiator.close();
  expect(closed()).toBe(true);
});

it('sense data comes with CHECK CONDITION, and data-out has a residual too', async () => {
  const sense = Uint8Array.of(0x70, 0, 5);
  const { initiator } = driver({ status: 2, moved: 0, sense });
  const outcome = await initiator.execute({ lun: 0, cdb, dataOut: new Uint8Array(512) });
  expect(outcome).toEqual({ status: 2, dataIn: new Uint8Array(0), residual: 512, sense });
});
