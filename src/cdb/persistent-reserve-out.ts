import type { Layout } from '../layout.ts';
import type { CdbFields, CdbRequest, CdbSpec } from './spec.ts';

/** The service actions of PERSISTENT RESERVE OUT. (REPLACE LOST RESERVATION is for devices that can lose one.) */
export type PersistentReserveOutAction =
  | 'REGISTER'
  | 'RESERVE'
  | 'RELEASE'
  | 'CLEAR'
  | 'PREEMPT'
  | 'PREEMPT AND ABORT'
  | 'REGISTER AND IGNORE EXISTING KEY'
  | 'REGISTER AND MOVE';

/** PERSISTENT RESERVE OUT (SPC) with one of its service actions. */
export interface PersistentReserveOutOf<A extends PersistentReserveOutAction> extends CdbRequest {
  readonly op: `PERSISTENT RESERVE OUT, ${A}`;
  /** SCOPE, 0 to 15: 0 is the logical unit. Counts where a reservation is made or released. */
  readonly scope: number;
  /** TYPE, 0 to 15: see `RESERVATION_TYPE`. Counts where a reservation is made or released. */
  readonly type: number;
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1: 24, but for SPEC_I_PT and REGISTER AND MOVE. */
  readonly parameterListLength: number;
}

/** PERSISTENT RESERVE OUT (SPC): registers keys, and reserves the unit for those who did. */
export type PersistentReserveOut = {
  readonly [A in PersistentReserveOutAction]: PersistentReserveOutOf<A>;
}[PersistentReserveOutAction];

const OPCODE = 0x5f;
const FIELDS: Layout<CdbFields<PersistentReserveOut>> = {
  scope: ['bits', 2, 7, 4],
  type: ['bits', 2, 3, 0],
  parameterListLength: ['u32', 5],
};

/** CDBs of PERSISTENT RESERVE OUT, by service action. */
export const PERSISTENT_RESERVE_OUT_10: {
  readonly [A in PersistentReserveOutAction]: CdbSpec<PersistentReserveOutOf<A>>;
} = {
  REGISTER: {
    op: 'PERSISTENT RESERVE OUT, REGISTER',
    opcode: OPCODE,
    serviceAction: 0x00,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  RESERVE: {
    op: 'PERSISTENT RESERVE OUT, RESERVE',
    opcode: OPCODE,
    serviceAction: 0x01,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  RELEASE: {
    op: 'PERSISTENT RESERVE OUT, RELEASE',
    opcode: OPCODE,
    serviceAction: 0x02,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  CLEAR: {
    op: 'PERSISTENT RESERVE OUT, CLEAR',
    opcode: OPCODE,
    serviceAction: 0x03,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  PREEMPT: {
    op: 'PERSISTENT RESERVE OUT, PREEMPT',
    opcode: OPCODE,
    serviceAction: 0x04,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  'PREEMPT AND ABORT': {
    op: 'PERSISTENT RESERVE OUT, PREEMPT AND ABORT',
    opcode: OPCODE,
    serviceAction: 0x05,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  'REGISTER AND IGNORE EXISTING KEY': {
    op: 'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY',
    opcode: OPCODE,
    serviceAction: 0x06,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
  'REGISTER AND MOVE': {
    op: 'PERSISTENT RESERVE OUT, REGISTER AND MOVE',
    opcode: OPCODE,
    serviceAction: 0x07,
    length: 10,
    transfer: 'list out',
    fields: FIELDS,
  },
};
