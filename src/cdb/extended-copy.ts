import type { Layout } from '../layout.ts';
import type { CdbFields, CdbRequest, CdbSpec } from './spec.ts';

/** EXTENDED COPY (SPC) with a list identifier of one byte (LID1) or of four (LID4). */
export interface ExtendedCopyOf<A extends 'LID1' | 'LID4'> extends CdbRequest {
  readonly op: `EXTENDED COPY(${A})`;
  /** PARAMETER LIST LENGTH in bytes, 0 to 2^32 − 1; 0: nothing is copied. */
  readonly parameterListLength: number;
}

/** EXTENDED COPY (SPC): the unit copies blocks between units itself. */
export type ExtendedCopy = ExtendedCopyOf<'LID1'> | ExtendedCopyOf<'LID4'>;

/** OPERATION CODE of the third-party copy commands that have data-out. */
export const THIRD_PARTY_COPY_OUT = 0x83;

const FIELDS: Layout<CdbFields<ExtendedCopy>> = { parameterListLength: ['u32', 10] };

/** CDBs of EXTENDED COPY, by the length of the list identifier. */
export const EXTENDED_COPY_16: {
  readonly [A in 'LID1' | 'LID4']: CdbSpec<ExtendedCopyOf<A>>;
} = {
  LID1: {
    op: 'EXTENDED COPY(LID1)',
    opcode: THIRD_PARTY_COPY_OUT,
    serviceAction: 0x00,
    length: 16,
    transfer: 'list out',
    fields: FIELDS,
  },
  LID4: {
    op: 'EXTENDED COPY(LID4)',
    opcode: THIRD_PARTY_COPY_OUT,
    serviceAction: 0x01,
    length: 16,
    transfer: 'list out',
    fields: FIELDS,
  },
};
