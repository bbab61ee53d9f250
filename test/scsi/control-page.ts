/** MODE SELECT of the Control mode page, field by field. */
import { be, hex, type Bench } from './disk-under-test.ts';

/** The fields that a test sets; the others are zero. */
export interface ControlFields {
  readonly tst?: number;
  readonly tmfOnly?: boolean;
  readonly qerr?: number;
  readonly interlock?: number;
  readonly tas?: boolean;
}

/** Sets the Control mode page of the unit; the other initiators that know it are told 2A/01. */
export function setControl({ send }: Bench, fields: ControlFields): void {
  const { tst = 0, tmfOnly = false, qerr = 0, interlock = 0, tas = false } = fields;
  const page = hex(`00000000 0a0a 00 10 00 00 0000 ffff ${be(10, 2)}`);
  page[4 + 2] = (tst << 5) | (tmfOnly ? 0x10 : 0);
  page[4 + 3] = 0x10 | (qerr << 1); // QUEUE ALGORITHM MODIFIER 1
  page[4 + 4] = interlock << 4;
  page[4 + 5] = tas ? 0x40 : 0;
  const answer = send(`15 10 00 00 10 00`, { out: page });
  if (answer.status !== 0) throw new Error('MODE SELECT was refused');
}
