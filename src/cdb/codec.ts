/** Between CDB bytes and requests, driven by the rows of `spec.ts`. */
import { getU16 } from '../bytes.ts';
import { readField, writeField, type AnyField } from '../layout.ts';
import type { FieldPointer } from '../sense/sense-data.ts';
import {
  controlByte,
  NACA_BIT,
  reservedMask,
  VARIABLE_LENGTH,
  type CdbRequest,
  type CdbSpec,
} from './spec.ts';

/** Why bytes are no request of a command table. */
export type CdbProblem =
  /** No command has this OPERATION CODE: INVALID COMMAND OPERATION CODE. */
  | 'operation code'
  /** The operation code has no such SERVICE ACTION: INVALID FIELD IN CDB. */
  | 'service action'
  /** Fewer bytes than the command's CDB has, or a wrong ADDITIONAL CDB LENGTH. */
  | 'length'
  /** A reserved bit is set. */
  | 'reserved bit';

/** A CDB that could not be decoded: why, and where. Told from a request by its `op`. */
export interface Undecodable {
  /** Tells it from every request. */
  readonly op: 'UNDECODABLE';
  /** Why there is no request. */
  readonly problem: CdbProblem;
  /** The byte, and bit where one is meant, that is in error. */
  readonly at: FieldPointer;
}

/** A spec made ready for decoding. */
export interface CdbForm<R extends CdbRequest = CdbRequest> {
  /** The row it was made from. */
  readonly spec: CdbSpec<R>;
  /** Bits that must be zero. */
  readonly reserved: Uint8Array;
  /** The fields by the name of the request's member. */
  readonly fields: readonly (readonly [name: string, field: AnyField])[];
  /** Offset of the CONTROL byte. */
  readonly control: number;
}

/** Makes a spec ready for decoding. */
export function cdbForm<R extends CdbRequest>(spec: CdbSpec<R>): CdbForm<R> {
  return {
    spec,
    reserved: reservedMask(spec),
    fields: Object.entries(spec.fields),
    control: controlByte(spec),
  };
}

/**
 * Decodes a CDB known to be of this form (its operation code and service action are not looked at).
 *
 * @param strict - whether a reserved bit that is set makes the CDB undecodable.
 */
export function decodeForm<R extends CdbRequest>(
  form: CdbForm<R>,
  cdb: Uint8Array,
  strict = true,
): R | Undecodable {
  const { spec, reserved } = form;
  if (cdb.length < spec.length) return undecodable('length', cdb.length);
  if (spec.opcode === VARIABLE_LENGTH && cdb[7] !== spec.length - 8)
    return undecodable('length', 7);
  if (strict) {
    for (let byte = 1; byte < reserved.length; byte++) {
      const set = (cdb[byte] ?? 0) & (reserved[byte] ?? 0);
      if (set !== 0) return undecodable('reserved bit', byte, 31 - Math.clz32(set));
    }
  }
  if (spec.decode !== undefined) return spec.decode(cdb);
  const request: Record<string, unknown> = {
    op: spec.op,
    naca: ((cdb[form.control] ?? 0) & NACA_BIT) !== 0,
  };
  for (const [name, field] of form.fields) request[name] = readField(field, cdb);
  return request as unknown as R;
}

/**
 * Finds rows by the operation code and service action of a CDB.
 *
 * @throws RangeError - two rows have the same operation code and service action.
 */
export function indexByOpcode<T>(
  rows: Iterable<T>,
  specOf: (row: T) => CdbSpec,
): (cdb: Uint8Array) => T | Undecodable {
  const plain = new Map<number, T>();
  const withAction = new Map<number, Map<number, T>>();
  for (const row of rows) {
    const { op, opcode, serviceAction } = specOf(row);
    const actions = withAction.get(opcode);
    if (plain.has(opcode) || (actions && serviceAction === undefined))
      throw new RangeError(`${op}: operation code ${hex(opcode)} is taken`);
    if (serviceAction === undefined) plain.set(opcode, row);
    else if (actions?.has(serviceAction) === true)
      throw new RangeError(`${op}: service action ${hex(opcode)}/${hex(serviceAction)} is taken`);
    else if (actions) actions.set(serviceAction, row);
    else withAction.set(opcode, new Map([[serviceAction, row]]));
  }
  return (cdb) => {
    const opcode = cdb[0];
    if (opcode === undefined) return undecodable('length', 0);
    const row = plain.get(opcode);
    if (row !== undefined) return row;
    const actions = withAction.get(opcode);
    if (actions === undefined) return undecodable('operation code', 0);
    const variable = opcode === VARIABLE_LENGTH;
    if (variable && cdb.length < 10) return undecodable('length', cdb.length);
    return (
      actions.get(variable ? getU16(cdb, 8) : (cdb[1] ?? 0) & 0x1f) ??
      (variable ? undecodable('service action', 8) : undecodable('service action', 1, 4))
    );
  };
}

/**
 * Encodes a request in the form that a spec describes; members that are absent are zero.
 *
 * @throws RangeError - a value has no room in its field, or the form fixes another.
 */
export function encodeForm<R extends CdbRequest>(
  spec: CdbSpec<R>,
  request: Partial<R>,
): Uint8Array {
  const cdb = new Uint8Array(spec.length);
  cdb[0] = spec.opcode;
  if (spec.serviceAction !== undefined) {
    if (spec.opcode === VARIABLE_LENGTH) {
      cdb[7] = spec.length - 8;
      cdb[8] = spec.serviceAction >> 8;
      cdb[9] = spec.serviceAction;
    } else cdb[1] = spec.serviceAction;
  }
  for (const [name, field] of Object.entries<AnyField>(spec.fields)) {
    const value = (request as Record<string, unknown>)[name];
    if (value !== undefined) writeField(field, cdb, `${spec.op} ${name}`, value);
  }
  const control = controlByte(spec);
  if (request.naca === true) cdb[control] = (cdb[control] ?? 0) | NACA_BIT;
  return cdb;
}

/** Whether a decoder gave up. */
export function isUndecodable(decoded: unknown): decoded is Undecodable {
  return (decoded as Undecodable).op === 'UNDECODABLE';
}

function undecodable(problem: CdbProblem, byte: number, bit?: number): Undecodable {
  const at: FieldPointer = bit === undefined ? { in: 'cdb', byte } : { in: 'cdb', byte, bit };
  return { op: 'UNDECODABLE', problem, at };
}

const hex = (value: number): string => `${value.toString(16).toUpperCase().padStart(2, '0')}h`;
