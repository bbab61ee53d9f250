import { getU16, getU32, putU16, putU32 } from '../bytes.ts';
import { usageData, type CdbRequest, type CdbSpec } from './spec.ts';

/** REPORT SUPPORTED OPERATION CODES (SPC): which commands there are, and which of their bits count. */
export interface ReportSupportedOperationCodes extends CdbRequest {
  readonly op: 'REPORT SUPPORTED OPERATION CODES';
  /** RCTD: return a command timeouts descriptor with each command. */
  readonly rctd: boolean;
  /**
   * REPORTING OPTIONS, 0 to 7: 0 all commands; 1 one command by operation code; 2 one by operation
   * code and service action; 3 one by both, the service action counting only where it has them.
   */
  readonly reportingOptions: number;
  /** REQUESTED OPERATION CODE, 0 to 255. */
  readonly requestedOperationCode: number;
  /** REQUESTED SERVICE ACTION, 0 to 65535. */
  readonly requestedServiceAction: number;
  /** ALLOCATION LENGTH in bytes, 0 to 2^32 − 1. */
  readonly allocationLength: number;
}

/** CDB of REPORT SUPPORTED OPERATION CODES. */
export const REPORT_SUPPORTED_OPERATION_CODES_12: CdbSpec<ReportSupportedOperationCodes> = {
  op: 'REPORT SUPPORTED OPERATION CODES',
  opcode: 0xa3,
  serviceAction: 0x0c,
  length: 12,
  transfer: 'allocation in',
  fields: {
    rctd: ['bit', 2, 7],
    reportingOptions: ['bits', 2, 2, 0],
    requestedOperationCode: ['u8', 3],
    requestedServiceAction: ['u16', 4],
    allocationLength: ['u32', 6],
  },
};

/** A command of the all_commands parameter data. */
export interface SupportedCommand {
  /** OPERATION CODE, 0 to 255. */
  readonly opcode: number;
  /** SERVICE ACTION, 0 to 65535; absent where SERVACTV is 0. */
  readonly serviceAction?: number;
  /** CDB LENGTH in bytes. */
  readonly cdbLength: number;
}

/** The one_command parameter data. */
export interface OneCommand {
  /** SUPPORT: 1 not supported, 3 supported as the standard has it, 5 in a vendor specific way. */
  readonly support: number;
  /** CDB USAGE DATA: the operation code, and a 1 for every bit that is evaluated. */
  readonly usage: Uint8Array;
  /** CTDP: a command timeouts descriptor follows. */
  readonly timeouts: boolean;
}

/** SUPPORT values. */
export const NOT_SUPPORTED = 1;
/** SUPPORT value of a command that the standard describes. */
export const SUPPORTED = 3;

// A command timeouts descriptor: length 000Ah, no command specific byte, no times stated.
const TIMEOUTS_LENGTH = 12;

function putTimeouts(bytes: Uint8Array, at: number): void {
  putU16(bytes, at, TIMEOUTS_LENGTH - 2);
}

/** Encodes all_commands parameter data, with command timeouts descriptors (no times stated) or without. */
export function encodeAllCommands(specs: readonly CdbSpec[], timeouts: boolean): Uint8Array {
  const each = timeouts ? 8 + TIMEOUTS_LENGTH : 8;
  const bytes = new Uint8Array(4 + each * specs.length);
  putU32(bytes, 0, each * specs.length);
  for (const [i, { opcode, serviceAction, length }] of specs.entries()) {
    const at = 4 + each * i;
    bytes[at] = opcode;
    putU16(bytes, at + 2, serviceAction ?? 0);
    bytes[at + 5] = (timeouts ? 0x02 : 0) | (serviceAction === undefined ? 0 : 0x01);
    putU16(bytes, at + 6, length);
    if (timeouts) putTimeouts(bytes, at + 8);
  }
  return bytes;
}

/** Decodes all_commands parameter data; commands that were cut off are left out. */
export function decodeAllCommands(bytes: Uint8Array): readonly SupportedCommand[] {
  const end = Math.min(bytes.length, 4 + getU32(bytes, 0));
  const commands: SupportedCommand[] = [];
  for (let at = 4; at + 8 <= end;) {
    const flags = bytes[at + 5] ?? 0;
    const command = { opcode: bytes[at] ?? 0, cdbLength: getU16(bytes, at + 6) };
    commands.push(
      (flags & 0x01) === 0 ? command : { ...command, serviceAction: getU16(bytes, at + 2) },
    );
    at += (flags & 0x02) === 0 ? 8 : 8 + TIMEOUTS_LENGTH;
  }
  return commands;
}

/** Encodes one_command parameter data; without a spec the command is not supported. */
export function encodeOneCommand(spec: CdbSpec | undefined, timeouts: boolean): Uint8Array {
  if (spec === undefined) return Uint8Array.of(0, NOT_SUPPORTED, 0, 0);
  const usage = usageData(spec);
  const bytes = new Uint8Array(4 + usage.length + (timeouts ? TIMEOUTS_LENGTH : 0));
  bytes[1] = (timeouts ? 0x80 : 0) | SUPPORTED;
  putU16(bytes, 2, usage.length);
  bytes.set(usage, 4);
  if (timeouts) putTimeouts(bytes, 4 + usage.length);
  return bytes;
}

/** Decodes one_command parameter data; `undefined` if fewer than 4 bytes. */
export function decodeOneCommand(bytes: Uint8Array): OneCommand | undefined {
  if (bytes.length < 4) return undefined;
  return {
    support: (bytes[1] ?? 0) & 0x07,
    timeouts: ((bytes[1] ?? 0) & 0x80) !== 0,
    usage: bytes.subarray(4, 4 + getU16(bytes, 2)),
  };
}
