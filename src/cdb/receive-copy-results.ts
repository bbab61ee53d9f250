import type { Layout } from '../layout.ts';
import type { CdbFields, CdbRequest, CdbSpec } from './spec.ts';

/** The service actions of RECEIVE COPY RESULTS that ask for one copy. */
export type ReceiveCopyAction =
  | 'RECEIVE COPY STATUS(LID1)'
  | 'RECEIVE COPY FAILURE DETAILS(LID1)'
  | 'RECEIVE COPY STATUS(LID4)'
  | 'RECEIVE ROD TOKEN INFORMATION';

/** A command that asks for the results of one third-party copy (SPC, SBC). */
export interface ReceiveCopyOf<A extends ReceiveCopyAction> extends CdbRequest {
  readonly op: A;
  /** LIST IDENTIFIER of the copy: 0 to 255 in the LID1 forms, else 0 to 2^32 − 1. */
  readonly listId: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** RECEIVE COPY OPERATING PARAMETERS (SPC): the limits of EXTENDED COPY. */
export interface ReceiveCopyOperatingParameters extends CdbRequest {
  readonly op: 'RECEIVE COPY OPERATING PARAMETERS';
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** RECEIVE COPY RESULTS (SPC): what became of a copy, and what copies can be. */
export type ReceiveCopyResults =
  | { readonly [A in ReceiveCopyAction]: ReceiveCopyOf<A> }[ReceiveCopyAction]
  | ReceiveCopyOperatingParameters;

/** RECEIVE COPY RESULTS with one of its service actions. */
export type ReceiveCopyResultsOf<K extends ReceiveCopyResults['op']> = Extract<
  ReceiveCopyResults,
  Record<'op', K>
>;

/** OPERATION CODE of the third-party copy commands that have data-in. */
export const THIRD_PARTY_COPY_IN = 0x84;

const WITHOUT_LIST: Layout<CdbFields<ReceiveCopyOperatingParameters>> = {
  allocationLength: ['u32', 10],
};
const LID1: Layout<CdbFields<ReceiveCopyOf<ReceiveCopyAction>>> = {
  listId: ['u8', 2],
  allocationLength: ['u32', 10],
};
const LID4: Layout<CdbFields<ReceiveCopyOf<ReceiveCopyAction>>> = {
  listId: ['u32', 2],
  allocationLength: ['u32', 10],
};

/** CDBs of RECEIVE COPY RESULTS, by service action. */
export const RECEIVE_COPY_RESULTS_16: {
  readonly [K in ReceiveCopyResults['op']]: CdbSpec<ReceiveCopyResultsOf<K>>;
} = {
  'RECEIVE COPY STATUS(LID1)': {
    op: 'RECEIVE COPY STATUS(LID1)',
    opcode: THIRD_PARTY_COPY_IN,
    serviceAction: 0x00,
    length: 16,
    transfer: 'allocation in',
    fields: LID1,
  },
  'RECEIVE COPY OPERATING PARAMETERS': {
    op: 'RECEIVE COPY OPERATING PARAMETERS',
    opcode: THIRD_PARTY_COPY_IN,
    serviceAction: 0x03,
    length: 16,
    transfer: 'allocation in',
    fields: WITHOUT_LIST,
  },
  'RECEIVE COPY FAILURE DETAILS(LID1)': {
    op: 'RECEIVE COPY FAILURE DETAILS(LID1)',
    opcode: THIRD_PARTY_COPY_IN,
    serviceAction: 0x04,
    length: 16,
    transfer: 'allocation in',
    fields: LID1,
  },
  'RECEIVE COPY STATUS(LID4)': {
    op: 'RECEIVE COPY STATUS(LID4)',
    opcode: THIRD_PARTY_COPY_IN,
    serviceAction: 0x05,
    length: 16,
    transfer: 'allocation in',
    fields: LID4,
  },
  'RECEIVE ROD TOKEN INFORMATION': {
    op: 'RECEIVE ROD TOKEN INFORMATION',
    opcode: THIRD_PARTY_COPY_IN,
    serviceAction: 0x07,
    length: 16,
    transfer: 'allocation in',
    fields: LID4,
  },
};
