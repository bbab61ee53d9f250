/** Log pages whose parameters have known codes, as plain data: which value lies in which (SPC). */
import { fieldExtent, readField, writeField, type AnyField, type Field } from '../layout.ts';
import {
  encodeLogPage,
  findLogParameters,
  type LogPageAddress,
  type LogPageOptions,
  type LogParameter,
  type PlacedLogParameter,
} from './log-page.ts';

/** What parameters say about themselves beside their values, and the page about itself. */
export interface LogEncodeOptions extends LogPageOptions {
  /** TSD: the device does not save the values on its own. */
  readonly targetSaveDisable?: boolean;
}

/** One parameter of a page. */
export interface LogParameterSpec {
  /** PARAMETER CODE, 0 to 65535. */
  readonly code: number;
  /** Bytes of the value, 1 to 255. */
  readonly length: number;
  /** FORMAT AND LINKING, 0 to 3. */
  readonly format: number;
}

/**
 * Where a member lies: the code of its parameter, and its field counted from the first byte of the
 * value; `counter`: the whole value of 1, 2, 4 or 8 bytes is the number, which decodes at any length up
 * to 8 bytes.
 */
export type LogField<T> = readonly [code: number, field: Field<T> | 'counter'];

/** One log page. A parameter is there if one of its members is. */
export interface LogPageSpec<T extends object> extends LogPageAddress {
  /** The parameters, ascending in code. */
  readonly parameters: readonly LogParameterSpec[];
  /** Where each member lies. */
  readonly fields: LogFields<T>;
}

/** Where each member of `T` lies. The compiler refuses one that is forgotten or invented. */
export type LogFields<T> = { readonly [K in keyof T]-?: LogField<Exclude<T[K], undefined>> };

/**
 * The parameters of a page, ascending in code: those of which a member is there.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function logParameters<T extends object>(
  spec: LogPageSpec<T>,
  page: T,
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  const { fields } = spec;
  const parameters: LogParameter[] = [];
  for (const { code, length, format } of spec.parameters) {
    const value = new Uint8Array(length);
    let isPresent = false;
    for (const name in fields) {
      const [parameter, field] = fields[name];
      if (parameter !== code || page[name] === undefined) continue;
      isPresent = true;
      writeField(field === 'counter' ? counterField(length) : field, value, name, page[name]);
    }
    const targetSaveDisable = options.targetSaveDisable ?? false;
    if (isPresent) parameters.push({ code, format, targetSaveDisable, value });
  }
  return parameters;
}

/**
 * Encodes a log page that has a spec.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeLogPageOf<T extends object>(
  spec: LogPageSpec<T>,
  page: T,
  options?: LogEncodeOptions,
): Uint8Array {
  return encodeLogPage(spec, logParameters(spec, page, options), options);
}

/**
 * Decodes a log page that has a spec; undefined where the bytes are another page. A member whose
 * parameter is not there, or ends before it, is absent.
 */
export function decodeLogPageOf<T extends object>(
  spec: LogPageSpec<T>,
  bytes: Uint8Array,
): T | undefined {
  const { fields } = spec;
  const found = findLogParameters(bytes, spec);
  if (found === undefined) return undefined;
  const values = new Map<number, PlacedLogParameter>(found.map((one) => [one.code, one]));
  const page: Record<string, unknown> = {};
  for (const name in fields) {
    const [code, field] = fields[name];
    const value = values.get(code)?.value;
    if (value === undefined || value.length === 0) continue;
    if (field === 'counter') {
      if (value.length <= 8) page[name] = value.reduce((sum, byte) => sum * 256 + byte, 0);
      continue;
    }
    const [first, count] = fieldExtent(field);
    if (first + count <= value.length) page[name] = readField(field, value);
  }
  return page as T;
}

function counterField(length: number): AnyField {
  return [length === 8 ? 'u64' : length === 4 ? 'u32' : length === 2 ? 'u16' : 'u8', 0];
}
