/** A disk with two ports and several initiators that send reservation commands as raw bytes. */
import {
  be,
  bench,
  good,
  hex,
  type Answer,
  type Bench,
  type BenchOptions,
} from './disk-under-test.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';

export const CONFLICT: Answer = { status: 0x18, data: new Uint8Array(0), dataOutLength: 0 };
/** CONFLICT found after the parameter list had come. */
export const LIST_CONFLICT: Answer = { ...CONFLICT, dataOutLength: 24 };
export const DONE: Answer = good('', 24);

export const SERVICE_ACTION = {
  register: 0,
  reserve: 1,
  release: 2,
  clear: 3,
  preempt: 4,
  preemptAndAbort: 5,
  ignore: 6,
  move: 7,
} as const;

export interface OutList {
  readonly key?: bigint | number;
  readonly newKey?: bigint | number;
  /** Byte 20: SPEC_I_PT 08h, ALL_TG_PT 04h, APTPL 01h. */
  readonly flags?: number;
  /** SCOPE and TYPE. */
  readonly type?: number;
  /** What follows the 24 bytes. */
  readonly more?: string;
}

export interface ReservationBench extends Bench {
  /** Sends PERSISTENT RESERVE OUT. */
  readonly out: (from: Nexus, action: keyof typeof SERVICE_ACTION, list?: OutList) => Answer;
  readonly outAsync: (
    from: Nexus,
    action: keyof typeof SERVICE_ACTION,
    list?: OutList,
  ) => Promise<Answer | undefined>;
  /** The key and SCOPE and TYPE of the reservation, e.g. `000000000000000a 05`; '' for none. */
  readonly reserved: () => string;
  readonly keys: () => string[];
  readonly generation: () => number;
  /** ASC and ASCQ of the unit attention that TEST UNIT READY reports; '' for none. */
  readonly told: (nexus: Nexus) => string;
}

export const outCdb = (action: number, type: number, length: number): string =>
  `5f ${be(action, 1)} ${be(type, 1)} 0000 ${be(length, 4)} 00`;

export const outList = ({ key = 0, newKey = 0, flags = 0, more = '' }: OutList): Uint8Array =>
  hex(`${be(key, 8)} ${be(newKey, 8)} 00000000 ${be(flags, 1)} 00 0000 ${more}`);

/** The CDB and the parameter list. */
function partsOf(
  action: keyof typeof SERVICE_ACTION,
  list: OutList = {},
): readonly [string, Uint8Array] {
  const bytes = outList(list);
  return [outCdb(SERVICE_ACTION[action], list.type ?? 0, bytes.length), bytes];
}

export function reservationBench(options: BenchOptions = {}): ReservationBench {
  const base = bench(options);
  const onlooker = base.initiator('onlooker');
  const prin = (action: string): DataView => {
    const { data } = base.send(`5e ${action} 0000000000 ffff 00`, { from: onlooker });
    return new DataView(data.buffer, data.byteOffset, data.length);
  };
  return {
    ...base,
    out(from, action, list) {
      const [cdb, out] = partsOf(action, list);
      return base.send(cdb, { from, out });
    },
    outAsync(from, action, list) {
      const [cdb, out] = partsOf(action, list);
      return base.sendAsync(cdb, { from, out });
    },
    reserved() {
      const view = prin('01');
      if (view.getUint32(4) === 0) return '';
      return `${be(view.getBigUint64(8), 8)} ${be(view.getUint8(21), 1)}`;
    },
    keys() {
      const view = prin('00');
      const keys = [];
      for (let at = 8; at < view.byteLength; at += 8) keys.push(be(view.getBigUint64(at), 8));
      return keys.map((key) => key.replace(/^0+/, ''));
    },
    generation: () => prin('00').getUint32(0),
    told(nexus) {
      const { sense } = base.send('00 00 00 00 00 00', { from: nexus });
      return sense === undefined ? '' : `${be(sense[12]!, 1)}/${be(sense[13]!, 1)}`;
    },
  };
}
