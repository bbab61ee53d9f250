/** The calls of WinSpd's miniport: what goes into IOCTL_MINIPORT_PROCESS_SERVICE_IRP and comes back. */
import { decodeLayout, encodeLayout, type Layout } from './layout.ts';
import { getU32 } from './little-endian.ts';
import {
  decodeParams,
  encodeParams,
  PARAMS_LENGTH,
  type StorageUnitParams,
} from './storage-unit-params.ts';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type TransactRequest,
  type TransactResponse,
} from './transact.ts';

/** IOCTL_MINIPORT_PROCESS_SERVICE_IRP: the control code of all calls. */
export const IOCTL_MINIPORT_PROCESS_SERVICE_IRP = 0x0004_d038;

/** What a call asks for: the code in its first bytes. */
export const IOCTL_CODE = {
  /** Makes a unit. */
  provision: 0x70,
  /** Takes a unit away. */
  unprovision: 0x75,
  /** Lists the units. */
  list: 0x6c,
  /** Answers a request, fetches one, or both. */
  transact: 0x74,
  /** Lets another process fetch requests. */
  setTransactProcessId: 0x69,
} as const;

/** Lengths of the calls in bytes. */
export const IOCTL_LENGTH = {
  /** Provision, in and out. */
  provision: 136,
  /** Unprovision. */
  unprovision: 24,
  /** List; what comes back is 4 bytes a unit. */
  list: 8,
  /** Transact, in and out. */
  transact: 72,
  /** Set transact process id. */
  setTransactProcessId: 16,
} as const;

/** A call's name. */
export type IoctlName = keyof typeof IOCTL_CODE;

interface Base {
  readonly size: number;
  readonly code: number;
}

const BASE: Layout<Base> = { size: ['u16', 0], code: ['u16', 2] };
const PARAMS_AT = 8;

function call(name: IoctlName): Uint8Array {
  const size = IOCTL_LENGTH[name];
  return encodeLayout(BASE, { size, code: IOCTL_CODE[name] }, new Uint8Array(size));
}

/** Which call some bytes are; `undefined`: none, or they are fewer than they say. */
export function ioctlName(bytes: Uint8Array): IoctlName | undefined {
  if (bytes.length < IOCTL_LENGTH.list) return undefined;
  const { size, code } = decodeLayout(BASE, bytes);
  if (size > bytes.length) return undefined;
  return (Object.keys(IOCTL_CODE) as IoctlName[]).find((name) => IOCTL_CODE[name] === code);
}

/** A call that makes a unit. @throws RangeError - a parameter has no code. */
export function encodeProvision(params: StorageUnitParams): Uint8Array {
  const bytes = call('provision');
  bytes.set(encodeParams(params), PARAMS_AT);
  return bytes;
}

/** The parameters in a call that makes a unit. */
export function decodeProvision(bytes: Uint8Array): StorageUnitParams {
  return decodeParams(bytes.subarray(PARAMS_AT, PARAMS_AT + PARAMS_LENGTH));
}

/** What making a unit gave: its address ({@link formatBtl}). */
export function decodeProvisionResult(bytes: Uint8Array): number {
  return getU32(bytes, PARAMS_AT);
}

interface Unprovision {
  readonly guid: string;
}

const UNPROVISION: Layout<Unprovision> = { guid: ['guid', 8] };

/** A call that takes a unit away. @throws RangeError - the text is no GUID. */
export function encodeUnprovision(guid: string): Uint8Array {
  return encodeLayout(UNPROVISION, { guid }, call('unprovision'));
}

/** The GUID in a call that takes a unit away. */
export function decodeUnprovision(bytes: Uint8Array): string {
  return decodeLayout(UNPROVISION, bytes).guid;
}

/** A call that lists the units. */
export function encodeList(): Uint8Array {
  return call('list');
}

/** What listing gave: the addresses of the units, ascending. */
export function decodeListResult(bytes: Uint8Array): readonly number[] {
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => getU32(bytes, 4 * i));
}

/** Another process that is to fetch requests. */
export interface TransactProcess {
  /** The unit's address. */
  readonly btl: number;
  /** The process. */
  readonly processId: number;
}

const TRANSACT_PROCESS: Layout<TransactProcess> = { btl: ['u32', 8], processId: ['u32', 12] };

/** A call that lets another process fetch requests. @throws RangeError - a value has no code. */
export function encodeSetTransactProcessId(process: TransactProcess): Uint8Array {
  return encodeLayout(TRANSACT_PROCESS, process, call('setTransactProcessId'));
}

/** What is in a call that lets another process fetch requests. */
export function decodeSetTransactProcessId(bytes: Uint8Array): TransactProcess {
  return decodeLayout(TRANSACT_PROCESS, bytes);
}

interface TransactCall {
  readonly btl: number;
  readonly reqValid: boolean;
  readonly rspValid: boolean;
  readonly dataBuffer: bigint;
}

const TRANSACT: Layout<TransactCall> = {
  btl: ['u32', 8],
  reqValid: ['flag', 12, 0],
  rspValid: ['flag', 12, 1],
  dataBuffer: ['id64', 16],
};
const BODY_AT = 24;

/** A call that answers a request, fetches one, or both: at least one of the two. */
export interface Transact {
  /** The unit's address. */
  readonly btl: number;
  /**
   * Address of the data: of what was read in the response, of what is to be written by the request
   * fetched. As long as the unit's longest transfer; 0 only where nothing is fetched.
   */
  readonly dataBuffer: bigint;
  /** Fetch a request. */
  readonly fetch: boolean;
  /** The response to an earlier request. */
  readonly response?: TransactResponse;
}

/** A call that answers and fetches. @throws RangeError - a value has no code. */
export function encodeTransact({ btl, dataBuffer, fetch, response }: Transact): Uint8Array {
  const rspValid = response !== undefined;
  const bytes = call('transact');
  encodeLayout(TRANSACT, { btl, dataBuffer, reqValid: fetch, rspValid }, bytes);
  return response === undefined ? bytes : encodeResponse(response, bytes, BODY_AT);
}

/** What is in a call that answers and fetches. */
export function decodeTransact(bytes: Uint8Array): Transact {
  const { btl, dataBuffer, reqValid: fetch, rspValid } = decodeLayout(TRANSACT, bytes);
  const rest = rspValid ? { response: decodeResponse(bytes, BODY_AT) } : {};
  return { btl, dataBuffer, fetch, ...rest };
}

/** The request that a call fetched; `undefined`: there is none (`bytes` is what came back, perhaps nothing). */
export function decodeTransactResult(bytes: Uint8Array): TransactRequest | undefined {
  if (bytes.length < IOCTL_LENGTH.transact || !decodeLayout(TRANSACT, bytes).reqValid)
    return undefined;
  const request = decodeRequest(bytes, BODY_AT);
  return request.hint === 0n ? undefined : request;
}

/** What the miniport gives back with a request. @throws RangeError - a value has no code. */
export function encodeTransactResult(btl: number, request: TransactRequest): Uint8Array {
  const bytes = call('transact');
  encodeLayout(TRANSACT, { btl, dataBuffer: 0n, reqValid: true, rspValid: false }, bytes);
  return encodeRequest(request, bytes, BODY_AT);
}

/** A unit's address as people write it: bus, target and LUN. */
export function formatBtl(btl: number): string {
  return `${btl >>> 16}:${(btl >>> 8) & 0xff}:${btl & 0xff}`;
}
