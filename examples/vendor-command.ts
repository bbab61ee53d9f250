/**
 * A vendor command in ten lines: BLINK, operation code C0h, flashes a light some times.
 *
 * prints: blinked 3 times
 * prints: BLINK is in REPORT SUPPORTED OPERATION CODES: true
 */
import { createDisk, createTarget, extend, loopback, memoryBackend, sbc } from 'scsi-target';
import { decodeAllCommands, encodeForm, type CdbRequest, type CdbSpec } from 'scsi-target/cdb';
import { GOOD, type Command } from 'scsi-target/scsi';

interface Blink extends CdbRequest {
  readonly op: 'BLINK';
  readonly times: number;
}

const BLINK_6: CdbSpec<Blink> = {
  op: 'BLINK',
  opcode: 0xc0,
  length: 6,
  transfer: 'none',
  fields: { times: ['u8', 2] },
};

const blink: Command<Blink> = {
  specs: [BLINK_6],
  reservation: 'allowed',
  run: ({ times }) => {
    console.log(`blinked ${times} times`);
    return GOOD;
  },
};

const backend = memoryBackend({ blocks: 2048 });
const unit = createDisk({ backend, commands: extend(sbc, { BLINK: blink }) });
const disk = loopback(createTarget([unit])).disk(0);

await disk.testUnitReady();
await disk.send(encodeForm(BLINK_6, { times: 3 }));

const { dataIn } = await disk.request({
  op: 'REPORT SUPPORTED OPERATION CODES',
  allocationLength: 4096,
});
const known = decodeAllCommands(dataIn).some(({ opcode }) => opcode === 0xc0);
console.log(`BLINK is in REPORT SUPPORTED OPERATION CODES: ${known}`);
