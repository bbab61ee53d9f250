import type { Layout } from '../layout.ts';
import type { CdbFields, CdbRequest, CdbSpec } from './spec.ts';

/** The service actions of PERSISTENT RESERVE IN. */
export type PersistentReserveInAction =
  'READ KEYS' | 'READ RESERVATION' | 'REPORT CAPABILITIES' | 'READ FULL STATUS';

/** PERSISTENT RESERVE IN (SPC) with one of its service actions. */
export interface PersistentReserveInOf<A extends PersistentReserveInAction> extends CdbRequest {
  readonly op: `PERSISTENT RESERVE IN, ${A}`;
  /** ALLOCATION LENGTH in bytes, 0 to 65535. */
  readonly allocationLength: number;
}

/** PERSISTENT RESERVE IN (SPC): what is registered and reserved, and what could be. */
export type PersistentReserveIn = {
  readonly [A in PersistentReserveInAction]: PersistentReserveInOf<A>;
}[PersistentReserveInAction];

const OPCODE = 0x5e;
const FIELDS: Layout<CdbFields<PersistentReserveIn>> = { allocationLength: ['u16', 7] };

/** CDBs of PERSISTENT RESERVE IN, by service action. */
export const PERSISTENT_RESERVE_IN_10: {
  readonly [A in PersistentReserveInAction]: CdbSpec<PersistentReserveInOf<A>>;
} = {
  'READ KEYS': {
    op: 'PERSISTENT RESERVE IN, READ KEYS',
    opcode: OPCODE,
    serviceAction: 0x00,
    length: 10,
    transfer: 'allocation in',
    fields: FIELDS,
  },
  'READ RESERVATION': {
    op: 'PERSISTENT RESERVE IN, READ RESERVATION',
    opcode: OPCODE,
    serviceAction: 0x01,
    length: 10,
    transfer: 'allocation in',
    fields: FIELDS,
  },
  'REPORT CAPABILITIES': {
    op: 'PERSISTENT RESERVE IN, REPORT CAPABILITIES',
    opcode: OPCODE,
    serviceAction: 0x02,
    length: 10,
    transfer: 'allocation in',
    fields: FIELDS,
  },
  'READ FULL STATUS': {
    op: 'PERSISTENT RESERVE IN, READ FULL STATUS',
    opcode: OPCODE,
    serviceAction: 0x03,
    length: 10,
    transfer: 'allocation in',
    fields: FIELDS,
  },
};
