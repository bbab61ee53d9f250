/** The buffers that READ BUFFER and WRITE BUFFER reach, apart from the error history. */
import { COMMAND_SEQUENCE_ERROR, ECHO_BUFFER_OVERWRITTEN } from '../sense/codes.ts';
import type { Nexus } from './nexus.ts';
import { check, good, type Result } from './result.ts';

/** Bytes of the data buffer. */
export const DATA_BUFFER_CAPACITY: number = 64 * 1024;

/** Bytes of the echo buffer: the standard's descriptor has room for 8191. */
export const ECHO_BUFFER_CAPACITY = 4096;

/**
 * One data buffer (BUFFER ID 0) that all initiators share, and one echo buffer: who reads it gets
 * what he wrote, or is told that another has written since. Neither outlives the power.
 */
export class UnitBuffers {
  /** Made when it is written for the first time. */
  #data: Uint8Array | undefined;
  #echo: { readonly bytes: Uint8Array; readonly owner: Nexus } | undefined;
  /** Those whose data has been overwritten, and who have not been told. */
  #overwritten = new Set<Nexus>();

  /** Bytes of the data buffer, as they are now. */
  readData(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, DATA_BUFFER_CAPACITY);
    return this.#data?.slice(offset, end) ?? new Uint8Array(end - offset);
  }

  /** Writes to the data buffer; the range is within it. */
  writeData(offset: number, bytes: Uint8Array): void {
    (this.#data ??= new Uint8Array(DATA_BUFFER_CAPACITY)).set(bytes, offset);
  }

  /** Gives a nexus the data that it wrote. */
  readEcho(nexus: Nexus): Result {
    const echo = this.#echo;
    if (echo?.owner === nexus) return good(echo.bytes);
    return check(this.#overwritten.has(nexus) ? ECHO_BUFFER_OVERWRITTEN : COMMAND_SEQUENCE_ERROR);
  }

  /** Replaces what is in the echo buffer. */
  writeEcho(nexus: Nexus, bytes: Uint8Array): void {
    const owner = this.#echo?.owner;
    if (owner !== undefined && owner !== nexus) this.#overwritten.add(owner);
    this.#overwritten.delete(nexus);
    this.#echo = { bytes, owner: nexus };
  }

  /** A nexus is lost: there is nobody to read what it wrote. */
  nexusLost(nexus: Nexus): void {
    this.#overwritten.delete(nexus);
    if (this.#echo?.owner === nexus) this.#echo = undefined;
  }

  /** The unit has been reset: nobody has written to the echo buffer. */
  reset(): void {
    this.#echo = undefined;
    this.#overwritten.clear();
  }
}
